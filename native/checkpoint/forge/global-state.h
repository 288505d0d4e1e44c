/* FIG. 6, step 308: what belongs to no single process is recreated first: shared memory, semaphores, message queues, with the
 * ids they had and the values they had. */
#ifndef FORGE_GLOBAL_STATE_H
#define FORGE_GLOBAL_STATE_H
#include "checkpoint/forge/image-index.h"

int shared_memory_make(void);
/** Seals memfds as they were, once all are mapped. */
int shared_memory_seal(void);
int sysv_make(void);
int mqueues_make(void);
/** Limits of the IPC namespace: those that were raised before the objects are made, those that were lowered after that. */
int ipc_limits_raise(void);
int ipc_limits_lower(void);
/** What the application calls its host. */
int names_set(void);
/** Where no namespace ends with the instance: the names of those that were made. */
void mqueues_undo(void);
/** Marks for removal what was so marked, now that all its users are attached. */
int sysv_remove_marked(void);

/** Writes the extents into memory mapped at `at`, which stands for offset 0 of the object. */
int extents_copy(const struct image_extent *extents, uint32_t count, uint64_t at);
#endif
