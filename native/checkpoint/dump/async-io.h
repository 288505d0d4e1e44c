// Asynchronous I/O of the kernel (io_setup): a context is a ring of events that is mapped at the address which is its id.
#pragma once
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/records.h"

bool is_ring(const Mapping &mapping);
// Waits until requests that the application made before it was suspended have become events. Nobody tells how many there are.
void await_asynchronous_io(const Instance &instance);
void collect_rings(const Process &process, Injector &injector, Records &records);
