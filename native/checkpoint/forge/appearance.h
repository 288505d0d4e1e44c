/* How a process looks to ps and its like. */
#ifndef FORGE_APPEARANCE_H
#define FORGE_APPEARANCE_H
#include "checkpoint/forge/image-index.h"

/** Its executable, and where brk() goes on; its command line too, unless it is made to be held. 0 or -1. */
int appearance_prepare(const struct process *process);
/** A thread that is held is nobody's yet, and whoever looks for the application by name should not find it. */
void disguise(void);
/** From here on it is the application's: the name of the thread and, of a held one, the command line. 0 or -1. */
int appear(const struct process *process, const struct thread *thread);
#endif
