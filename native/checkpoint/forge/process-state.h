#ifndef FORGE_PROCESS_STATE_H
#define FORGE_PROCESS_STATE_H
#include "checkpoint/forge/image-index.h"

/** What the kernel keeps of the process as a whole: memory bounds, executable, directories, limits, personality. 0 or -1. */
int process_state(const struct process *process);
/** One of its limits, by the kernel's number: 0 or -1. */
int limit_set(const struct process *process, uint32_t which);
/** Its signal dispositions. 0 or -1. */
int process_signals(const struct process *process);
#endif
