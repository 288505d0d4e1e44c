#ifndef FORGE_PROCESS_STATE_H
#define FORGE_PROCESS_STATE_H
#include "checkpoint/forge/image-index.h"

/** What the kernel keeps of the process as a whole: memory bounds, executable, directories, limits, personality. 0 or -1. */
int process_state(const struct process *process);
/** Its signal dispositions. 0 or -1. */
int process_signals(const struct process *process);
#endif
