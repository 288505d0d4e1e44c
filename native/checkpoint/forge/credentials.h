#ifndef FORGE_CREDENTIALS_H
#define FORGE_CREDENTIALS_H
#include "checkpoint/forge/image-index.h"

/** Reads the forge's own rights once, so that a thread that has the same costs nothing. */
int credentials_read(void);
/** The effective ids that were read. */
uint32_t credentials_user(void);
uint32_t credentials_group(void);
/** In a new user namespace: gives up what its rights over itself exceed those that were read, and reads again. */
int credentials_limit(void);
/** Gives the calling thread the rights it had (as far as the forge has them). 0 or -1. */
int credentials_apply(const struct process *process, const struct image_thread *thread);
#endif
