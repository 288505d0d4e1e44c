#ifndef PRELOAD_RINGS_H
#define PRELOAD_RINGS_H
#include <stdbool.h>
/** Whether this program is told that there is no io_uring; `by_liburing`: it asks liburing for a ring, not the kernel. */
bool rings_hidden(bool by_liburing);
#endif
