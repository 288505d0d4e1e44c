/* What hangs on open files without being a part of them. */
#ifndef FORGE_LOCKS_H
#define FORGE_LOCKS_H
#include "checkpoint/forge/image-index.h"
/** Takes the process's locks on records again, and asks for the signals of O_ASYNC. When its descriptors are its own: closing any
 *  on the same file gives the locks back. 0 or -1. */
int locks_take(const struct process *process);
/** In the init, when all processes exist: who is told of input by a signal. 0 or -1. */
int owners_set(void);
#endif
