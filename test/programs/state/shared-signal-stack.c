/* One signal stack for all threads: what each has in its registers and on its own stack comes back nevertheless. */
#include "thread.h"

enum { THREADS = 24 };
static char stack[65536];
static struct channel gate;
static _Thread_local volatile sig_atomic_t on_stack;

static void handler(int number) {
  char here;
  (void)number;
  on_stack = &here >= stack && &here < stack + sizeof stack;
}
static void take_stack(void) { must(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL)); }

static void work(void *number) {
  volatile uintptr_t kept[64];
  for (size_t i = 0; i < 64; i++) kept[i] = (uintptr_t)number + i;
  take_stack();
  hear(gate);
  for (size_t i = 0; i < 64; i++) expect("what the thread's stack holds", (uintptr_t)number + i, kept[i]);
}

int main(void) {
  begin();
  static struct sleeper threads[THREADS];
  gate = channel();
  take_stack();
  for (uintptr_t i = 0; i < THREADS; i++) sleep_in(&threads[i], work, (void *)(i * 1000));
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_ONSTACK}, NULL));
  await_go();
  must(raise(SIGUSR2));
  expect("whether the handler ran on the signal stack", true, on_stack);
  close(gate.to);
  for (int i = 0; i < THREADS; i++) join(&threads[i]);
  done();
}
