/* Frozen in the middle of a signal handler on an alternate stack: the handler goes on, returns, and what it broke into is whole. */
#include "check.h"

static char stack[65536];
static volatile sig_atomic_t handled;

static void prove(int number) {
  (void)number;
  volatile double inside = 2.5;
  await_go();
  stack_t now;
  must(sigaltstack(NULL, &now));
  expect("the flags of the stack that one is on", SS_ONSTACK, now.ss_flags);
  if (inside != 2.5) fail("a number in the handler expected 2.5 got %f\n", inside);
  handled++;
}

int main(void) {
  begin();
  must(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL));
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_handler = prove, .sa_flags = SA_ONSTACK}, NULL));
  volatile double outside = 1.25;
  must(raise(SIGUSR2));
  expect("handlers that ended", 1, handled);
  if (outside != 1.25) fail("a number beneath the handler expected 1.25 got %f\n", outside);
  stack_t now;
  must(sigaltstack(NULL, &now));
  expect("the flags of the stack that one has left", 0, now.ss_flags);
  done();
}
