#ifndef FORGE_PROCESS_MEMORY_H
#define FORGE_PROCESS_MEMORY_H
#include "checkpoint/forge/image-index.h"

/** Maps everything the process had, outside the restorer's area. 0 or -1. */
int process_memory(const struct process *process);
/** Whether this extent is mapped from the image (and copied on write) rather than copied now. */
int extent_is_mapped(const struct process *process, const struct image_vma *vma, const struct image_extent *extent);
/** Extents shorter than this are copied: set by ranges_plan() when there are too many for the arena. */
extern uint64_t shortest_mapped;
#endif
