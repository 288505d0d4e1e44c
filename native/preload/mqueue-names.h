#ifndef PRELOAD_MQUEUE_NAMES_H
#define PRELOAD_MQUEUE_NAMES_H
#include <stdbool.h>
#include <stddef.h>

struct mqueue_name { char text[258]; };
/* The system's name, in `own` or as it was given. `slash`: 1 as libc takes it, 0 as the kernel does. */
const char *mqueue_name(const char *given, size_t slash, struct mqueue_name *own);
/* Before and after a queue may have been made by its system's name, given without slash: notes it in the table. False: there is no room for it. */
bool mqueue_note(const char *name);
#endif
