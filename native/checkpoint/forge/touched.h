/* Pages that an earlier clone needed at once. */
#ifndef FORGE_TOUCHED_H
#define FORGE_TOUCHED_H
#include "checkpoint/forge/image-index.h"

/** Faults them in now, all at once, where the application would do it one by one. Only a matter of speed: nothing here fails. */
void touched_populate(const struct process *process);
#endif
