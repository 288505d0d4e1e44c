/* Without CAP_SYS_ADMIN an instance can have namespaces inside a user namespace of its own, where its user keeps the number it
 * has outside. Such a copy of the host's mounts sees the views that were mounted before it, so none is made ahead. */
#ifndef FORGE_USER_NAMESPACE_H
#define FORGE_USER_NAMESPACE_H
#include "checkpoint/forge/order.h"
#include <stdint.h>

/** Whether this forge lacks the right to make namespaces without one; remembers the answer in `forge.unprivileged`. */
int user_namespace_needed(void);
/** What an instance's clone3() needs beside its other namespaces. */
uint64_t user_namespace_flags(void);
/** In the new init: maps the user and group to themselves. 0 or -1. */
int user_namespace_enter(void);
/** What mounts_enter() does: the view becomes the root, with /proc, /sys and /dev in it. Nothing of the host's stays. 0 or -1. */
int user_namespace_mounts(const struct order *order, int (*open_host)(const struct order *));
#endif
