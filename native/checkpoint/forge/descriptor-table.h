#ifndef FORGE_DESCRIPTOR_TABLE_H
#define FORGE_DESCRIPTOR_TABLE_H
#include "checkpoint/forge/image-index.h"

/** Puts every description where the process had it, and nothing else below high_base(). 0 or -1. */
int descriptors_install(const struct process *process);
/** Closes what only the restore needed. */
void descriptors_close_ours(void);
#endif
