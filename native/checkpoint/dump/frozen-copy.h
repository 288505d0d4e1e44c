// A copy of a suspended process's memory that stands still while the application goes on (copy-on-write: what the resume
// need not wait for). The copy never runs a line of the application and the application can never see or wait for it.
#pragma once
#include "checkpoint/dump/instance.h"

// Sets process.copy. False when the kernel refuses another process: the memory must then be written before the resume. Sets process.confined.
bool make_frozen_copy(Process &process);
// The latter alone, where no copy is needed.
void try_confinement(Process &process);
// A zombie's /proc/PID/stat: was it the helper of a dumper that was killed?
bool leftover_helper(const std::string &content);
// SIGKILL, asked for again where the kernel refuses: whoever waits for a process that was not told would wait for ever. False: it was not.
bool kill_surely(pid_t pid);
void kill_frozen_copy(Process &process);
