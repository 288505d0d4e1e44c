#ifndef FORGE_UNDO_H
#define FORGE_UNDO_H
#include "checkpoint/forge/image-index.h"

/** In the process itself, once its memory is there: what is to be added to semaphores when it ends. 0 or -1. */
int undo_again(const struct process *process);
#endif
