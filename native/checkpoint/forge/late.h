/* What can't be opened before the processes exist: pidfds and files of /proc/PID. Every process that has one opens it itself,
 * when all have been created. */
#ifndef FORGE_LATE_H
#define FORGE_LATE_H
#include "checkpoint/forge/image-index.h"
int is_late(const struct description *d);
/** Opens it for the calling process. A descriptor or -1. */
int make_late(const struct description *d);
#endif
