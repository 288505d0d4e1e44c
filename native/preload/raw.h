/* System calls without the C library: errno is not touched, no wrapper that another preload may own is entered.
 * madvise and mremap are absent on purpose: they have one instruction of their own, in raw-syscall.S, that the filter of
 * a clone lets through. */
#ifndef PRELOAD_RAW_H
#define PRELOAD_RAW_H
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#define raw3(number, a, b, c) raw6((number), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define raw4(number, a, b, c, d) raw6((number), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define raw5(number, a, b, c, d, e) raw6((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

static inline void *raw_mmap(void *at, size_t length, int prot, int flags, int fd) {
  return (void *)raw6(SYS_mmap, (long)at, (long)length, prot, flags, fd, 0);
}
static inline int raw_failed(const void *mapping) { return (uintptr_t)mapping > (uintptr_t)-4096; }
static inline long raw_open(const char *path, int flags) { return raw4(SYS_openat, -100, path, flags, 0); }
static inline void raw_close(long fd) { raw3(SYS_close, fd, 0, 0); }
#endif
