/* The preload library's registered memory in a clone (shared/arena.h). */
#ifndef FORGE_ARENA_STATE_H
#define FORGE_ARENA_STATE_H
#include "checkpoint/forge/image-index.h"
#include "shared/arena.h"

static inline struct arena *arena_of(const struct process *process) {
  return process->image->flags & PROCESS_HAS_ARENA ? (struct arena *)ARENA_BASE : NULL;
}
/** Before the memory is mapped: how short an extent may be for the ranges to fit into the arena. */
void ranges_plan(const struct process *process);
/** After: a new generation, the ranges that the image backs, the instance's own environment. 0 or -1. */
int arena_correct(const struct process *process);
#endif
