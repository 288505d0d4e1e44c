// Seccomp filters of the application's own, as against the library's.
#pragma once
#include "checkpoint/dump/instance.h"

// Filters over the whole store, as a container or a service manager puts them there: every process has them from the start, and so will the restorer's.
unsigned long inherited_filters();
// Into Thread::filters, and Thread::dispatched. Before any call is injected: where filters can't be suspended, one of the application's could kill it for that.
// Refuses what can't come back: strict mode, a filter that asks another process, one that forbids the way out of a restore.
// `restored`: the instance has come of an image, whose processes have the library's filter.
void read_filters(Process &process, bool restored);
