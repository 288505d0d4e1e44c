/* arena.leave: all but the last thread only return to their signal frame, the last one first unmaps what was being left. */
#include "preload-harness.h"

static int left;
static void *base;
static volatile int returned;

static void leave_by(void *context) {
  __asm__ volatile("mov %0, %%rsp\n\tjmp *%1" ::"r"(context), "r"(arena->leave), "D"(base), "S"(8192ul), "d"(&left) : "memory");
  __builtin_unreachable();
}
static void handler(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  leave_by(context);
}
static int mapped(void) { return msync(base, 4096, MS_ASYNC) == 0; }

int main(int count, char **arguments) {
  start_inside(count, arguments, NULL);
  base = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  left = 2;
  raise(SIGUSR1);
  CHECK(left == 1 && mapped());
  raise(SIGUSR1);
  CHECK(left == 0 && !mapped());
  return 0;
}
