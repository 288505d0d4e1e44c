/* The catch-all behind madvise.c and mremap.c: a clone's filter sends callers that go round the C library here. */
#ifndef PRELOAD_SIGSYS_H
#define PRELOAD_SIGSYS_H
#include "preload/inside.h"
#include <signal.h>
#include <string.h>

struct kernel_sigaction { void *handler; unsigned long flags; void *restorer; uint64_t mask; };
#define SIGSYS_BIT (1ull << (SIGSYS - 1))

void sigsys_handler(int number, siginfo_t *info, void *context);
/* What the program itself wants done with SIGSYS. `new` and `old` may be NULL. */
void sigsys_wish(const struct kernel_sigaction *new, struct kernel_sigaction *old);
#endif
