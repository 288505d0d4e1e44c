/* Signal dispositions by the kernel's own structure. */
#ifndef FORGE_SIGNALS_H
#define FORGE_SIGNALS_H
#include <stdint.h>

struct kernel_sigaction { uint64_t handler, flags, restorer, mask; };
#define SIGNAL_COUNT 64
#define SIGSYS_BIT (1ull << 30)
/* Everything but SIGILL, SIGBUS, SIGFPE and SIGSEGV: a crash of the forge's own code is caught, not deadly. */
#define WORKING_MASK (~0ull & ~(1ull << 3 | 1ull << 6 | 1ull << 7 | 1ull << 10))

/** handler: 0 = default, 1 = ignore. */
void signal_set(int signal, uint64_t handler);
/** Every disposition to its default. */
void signals_reset(void);
/** Blocks exactly `mask`. */
void signals_block(uint64_t mask);
/** A crash of ours becomes a failure with the address, not a silent end. */
void signals_catch_crash(void);
#endif
