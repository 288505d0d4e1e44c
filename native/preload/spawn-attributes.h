/* The group that a child is to be put into, translated: the caller's attributes, or a copy in `room`. */
#ifndef PRELOAD_SPAWN_ATTRIBUTES_H
#define PRELOAD_SPAWN_ATTRIBUTES_H
#include <spawn.h>
const posix_spawnattr_t *spawn_attributes(const posix_spawnattr_t *given, posix_spawnattr_t *room);
#endif
