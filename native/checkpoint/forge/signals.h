/* Signal dispositions by the kernel's own structure. */
#ifndef FORGE_SIGNALS_H
#define FORGE_SIGNALS_H
#include <stdint.h>

struct kernel_sigaction { uint64_t handler, flags, restorer, mask; };
#define SIGNAL_COUNT 64
#define SIGSYS_BIT (1ull << 30)
/* Everything but SIGILL, SIGBUS, SIGFPE and SIGSEGV: a crash of the forge's own code is caught, not deadly. */
#define WORKING_MASK (~0ull & ~(1ull << 3 | 1ull << 6 | 1ull << 7 | 1ull << 10))

/* All: 0 or -1. */

/** handler: 0 = default, 1 = ignore. */
int signal_set(int signal, uint64_t handler);
/** Every disposition to its default. */
int signals_reset(void);
/** Blocks exactly `mask`. */
int signals_block(uint64_t mask);
/** A crash of ours becomes a failure with the address, not a silent end. */
int signals_catch_crash(void);
#endif
