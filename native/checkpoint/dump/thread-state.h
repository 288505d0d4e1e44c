// What a thread is: registers, signal state, ids, scheduling (FIG. 5, step 268).
#pragma once
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/records.h"

// Reads the registers; a restartable sequence is aborted, as by any preemption.
void read_thread_registers(Process &process, Thread &thread);
// The injector is one of this thread's.
void collect_thread(Process &process, const Thread &thread, Injector &injector, Records &records);
