/* Each thread's own signal stack and mask. */
#include "thread.h"

static struct channel gate;
static _Thread_local volatile sig_atomic_t on_own_stack;
static _Thread_local char *own_stack;
static void handler(int number) {
  char here;
  (void)number;
  on_own_stack = &here >= own_stack && &here < own_stack + 65536;
}
static void work(void *which) {
  own_stack = malloc(65536);
  must(sigaltstack(&(stack_t){.ss_sp = own_stack, .ss_size = 65536}, NULL));
  sigset_t set, now;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1); /* which says when to prove it, and may come before the first thread waits for it */
  if (which != NULL) sigaddset(&set, SIGURG);
  must_zero(pthread_sigmask(SIG_SETMASK, &set, NULL));
  hear(gate);
  must_zero(pthread_sigmask(SIG_SETMASK, NULL, &now));
  expect("whether SIGURG is blocked", which != NULL, sigismember(&now, SIGURG));
  must_zero(pthread_kill(pthread_self(), SIGUSR2));
  expect("whether the handler ran on the thread's own stack", true, on_own_stack);
}

int main(void) {
  begin();
  static struct sleeper one, other;
  gate = channel();
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_ONSTACK}, NULL));
  sleep_in(&one, work, NULL);
  sleep_in(&other, work, "");
  await_go();
  close(gate.to);
  join(&one);
  join(&other);
  done();
}
