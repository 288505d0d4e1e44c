// Signal handlers, pending signals, interval and POSIX timers of a process.
#pragma once
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/records.h"

// Signals that wait, left where they are. shared: the process's queue, else the thread's.
void collect_pending(const Thread &thread, uint32_t id, bool shared, Records &records);
void collect_sigactions(const Process &process, Injector &injector, Records &records);
void collect_timers(const Process &process, Injector &injector, Records &records);
