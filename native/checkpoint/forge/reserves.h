/* Untouched mappings of files whose written pages are mapped from the image (shared/arena.h). */
#ifndef FORGE_RESERVES_H
#define FORGE_RESERVES_H
#include "checkpoint/forge/image-index.h"

/* Over a file, what is shorter is copied: that costs less than a mapping and its reserve. */
#define SHORTEST_OVER_FILE (9 * 4096ull)

/** Before the memory is mapped: which mappings get a reserve. Those that get none have their written pages copied. */
void reserves_plan(const struct process *process);
/** Where the reserve of the mapping that begins at `start` begins; 0 = it has none. */
uint64_t reserve_at(uint64_t start);
/** What was planned, into the library's memory. */
void reserves_write(struct arena *arena);
#endif
