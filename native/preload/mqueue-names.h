#ifndef PRELOAD_MQUEUE_NAMES_H
#define PRELOAD_MQUEUE_NAMES_H
#include <stddef.h>

struct mqueue_name { char text[258]; };
/* The system's name, in `own` or as it was given. `slash`: 1 as libc takes it, 0 as the kernel does. */
const char *mqueue_name(const char *given, size_t slash, struct mqueue_name *own);
#endif
