/* System calls without a C library. The C library's headers are used for constants and structures only: nothing of it
 * is linked, because a restored process must not share an address with any library of ours.
 * Included first everywhere: _GNU_SOURCE decides what the other headers show.
 * Every call returns the kernel's own answer: -errno on failure. Nobody can forget to look at it: the compiler refuses that. */
#ifndef FORGE_SYS_H
#define FORGE_SYS_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define MUST_LOOK __attribute__((warn_unused_result))

MUST_LOOK static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#define sys0(nr) syscall6(nr, 0, 0, 0, 0, 0, 0)
#define sys1(nr, a) syscall6(nr, (long)(a), 0, 0, 0, 0, 0)
#define sys2(nr, a, b) syscall6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(nr, a, b, c) syscall6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys4(nr, a, b, c, d) syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define sys5(nr, a, b, c, d, e) syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define sys6(nr, a, b, c, d, e, f) \
  syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

MUST_LOOK static inline long sys_open(const char *path, int flags, int mode) {
  return sys4(SYS_openat, AT_FDCWD, path, flags, mode);
}
/** Of a call that can't fail as it is made, or whose failure changes nothing: a comment there says which. */
static inline void regardless(long result) { (void)result; }

static inline void sys_close(long fd) { regardless(sys1(SYS_close, fd)); } /* whatever it answers, the descriptor is gone */
MUST_LOOK static inline long sys_write(long fd, const void *from, size_t size) { return sys3(SYS_write, fd, from, size); }
MUST_LOOK static inline long sys_read(long fd, void *to, size_t size) { return sys3(SYS_read, fd, to, size); }
MUST_LOOK static inline long sys_map(uint64_t at, uint64_t size, int prot, int flags, long fd, uint64_t offset) {
  return sys6(SYS_mmap, at, size, prot, flags, fd, offset);
}
MUST_LOOK static inline long sys_unmap(uint64_t at, uint64_t size) { return sys2(SYS_munmap, at, size); }
_Noreturn static inline void sys_exit(int code) {
  for (;;) regardless(sys1(SYS_exit_group, code));
}
/* Kernel addresses are negative numbers only for errors: the last page of the address space is never mapped. */
static inline int is_error(long result) { return result < 0 && result > -4096; }

/* All names are ours alone: without this the compiler would reach them through a table that the linker can't resolve at
 * an address as high as RESTORER_BASE. */
#pragma GCC visibility push(hidden)

#define ALL_SIGNALS (~0ull)
#define NANOS 1000000000ll
#endif
