// What a process is beside its memory and descriptors (FIG. 5, step 268).
#pragma once
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/records.h"

struct ProcessFiles { // description ids of RECORD_FILEs
  uint32_t exe = 0, cwd = 0, root = 0;
};

// What needs no injected call: ids, memory bounds, flags. Before anything is injected.
void read_process_state(const Instance &instance, Process &process);
// The record of a process and all that hangs on it: signal actions, timers, limits, threads.
void collect_process(Process &process, const ProcessFiles &files, Records &records);
void collect_zombie(Process &process, Records &records);
