/* The mounts of one instance. */
#ifndef FORGE_MOUNTS_H
#define FORGE_MOUNTS_H
#include "checkpoint/forge/order.h"

/** Before there is an order: a copy of the blank with /proc, /dev/pts and /dev/mqueue of this process's own namespaces.
 *  Answers the namespace's descriptor, or -1. */
int mounts_prepare(int blank_namespace);
/** With the order: goes to the host's namespace, takes the view and calls `open_host` there (may be NULL), comes back,
 *  and makes the view the root with the prepared mounts in it. 0 or -1. */
int mounts_enter(const struct order *order, int (*open_host)(const struct order *));
/** When the instance runs: detaches the old root. The working directory must still be as mounts_enter() left it. */
void mounts_finish(void);
#endif
