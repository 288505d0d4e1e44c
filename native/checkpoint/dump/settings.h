// What single calls set of a process or of one of its threads: priorities of I/O, nodes of memory, what is dumped or forbidden. Recorded is
// what differs from what is usual; what can be neither asked for nor set again is refused in words.
#pragma once
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/records.h"

// The injector is one of this thread's; `acting`: the one that stands for the process.
void collect_settings(Process &process, const Thread &thread, bool acting, Injector &injector, Records &records);
