/* System calls as hand-written code makes them: past the C library. */
#ifndef VPROC_RAW_H
#define VPROC_RAW_H

static inline long direct(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = 0;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
#define direct0(number) direct(number, 0, 0, 0, 0, 0)
#define direct3(number, a, b, c) direct(number, (long)(a), (long)(b), (long)(c), 0, 0)
#define direct4(number, a, b, c, d) direct(number, (long)(a), (long)(b), (long)(c), (long)(d), 0)
#endif
