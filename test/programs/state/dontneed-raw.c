/* As dontneed-libc, through syscall() and through a syscall instruction of the program's own, which no library can interpose. */
#include "memory.h"
#include <sys/syscall.h>

static long own_madvise(void *at, size_t length, int advice) {
  long result;
  register long nothing __asm__("r10") = 0;
  __asm__ volatile("syscall" : "=a"(result) : "0"((long)SYS_madvise), "D"(at), "S"(length), "d"((long)advice), "r"(nothing) : "rcx", "r11", "memory");
  return result;
}

int main(void) {
  begin();
  char *memory = private_memory(96 * PAGE);
  fill(memory, 96 * PAGE, 1);
  await_go();
  must(syscall(SYS_madvise, memory, 32 * PAGE, MADV_DONTNEED));
  expect_zeros("what syscall() gave back", memory, 32 * PAGE);
  expect("madvise by an instruction of its own", 0, own_madvise(memory + 32 * PAGE, 32 * PAGE, MADV_DONTNEED));
  expect_zeros("what the instruction gave back", memory + 32 * PAGE, 32 * PAGE);
  expect_filled("the rest", memory + 64 * PAGE, 32 * PAGE, 1 + 64 * PAGE / 8);
  expect("madvise of a bad address", -EINVAL, own_madvise(memory + 1, PAGE, MADV_DONTNEED));
  done();
}
