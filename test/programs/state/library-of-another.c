/* Linked statically: valgrind and qemu-user are such programs. The preload library is in the one that they emulate: its memory is there,
 * and it isn't their own. What is in a signal's mask is then as they set it, for nothing traps their calls. */
#include "check.h"
#include "../../../native/shared/arena.h"
#include <sys/mman.h>
#include <sys/syscall.h>

struct kernel_action { /* libc hides that a signal is in a mask, the kernel doesn't */
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  unsigned long mask;
};

static void handled(int number) { (void)number; }

static unsigned long handled_mask(void) {
  struct kernel_action now;
  must(syscall(SYS_rt_sigaction, SIGWINCH, NULL, &now, sizeof now.mask));
  return now.mask;
}

int main(void) {
  begin();
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  struct arena *arena = must_have(mmap((void *)ARENA_BASE, ARENA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0));
  char *code = must_have(mmap((void *)ARENA_CODE, 4096, PROT_READ | PROT_WRITE, flags, -1, 0));
  static const char call[] = "\x0f\x05\xc3", back[] = "\xb8\x0f\x00\x00\x00\x0f\x05";
  memcpy(code, call, sizeof call);
  memcpy(code + 16, back, sizeof back);
  must(mprotect(code, 4096, PROT_READ)); // the emulator reads it
  arena->magic = ARENA_MAGIC;
  arena->version = ARENA_VERSION;
  arena->raw_syscall = (uint64_t)code + 2;
  arena->sigsys_restorer = (uint64_t)code + 16;
  struct kernel_action action = {.handler = handled, .mask = ~0ul};
  must(syscall(SYS_rt_sigaction, SIGWINCH, &action, NULL, sizeof action.mask));
  unsigned long mask = handled_mask();
  await_go();
  expect("the mask of a handler", mask, handled_mask());
  expect("the library's memory", ARENA_MAGIC, arena->magic);
  expect_text("its code", call, code);
  done();
}
