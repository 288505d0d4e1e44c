/* When and where a thread runs, as the image says. */
#ifndef FORGE_SCHEDULING_H
#define FORGE_SCHEDULING_H
#include "checkpoint/forge/image-index.h"
/** The processors, and what takes a right: before the thread's own user and capabilities. 0 or -1. */
int scheduling_claim(const struct thread *thread);
/** The rest: after the synchronized wait, whose end shouldn't wait for others. 0 or -1. */
int scheduling_set(const struct thread *thread);
#endif
