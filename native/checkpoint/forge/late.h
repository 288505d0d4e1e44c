/* What can't be opened before the processes exist: pidfds and files of /proc/PID. Every process that has one opens it itself,
 * when all have been created; of a file of /proc/PID/task/TID first the directory of the threads, for they come later. */
#ifndef FORGE_LATE_H
#define FORGE_LATE_H
#include "checkpoint/forge/image-index.h"
int is_late(const struct description *d);
/** Opens it for the calling process. A descriptor or -1. */
int make_late(const struct description *d);
int is_of_thread(const struct description *d);
/** Opens the file of a thread below `task`, the directory that make_late() gave, once the thread is there. A descriptor or -1. */
int make_of_thread(const struct description *d, int task);
#endif
