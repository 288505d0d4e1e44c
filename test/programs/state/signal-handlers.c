/* Handlers, their masks and flags, ignored signals and default ones are as they were, and work. */
#include "check.h"

static volatile sig_atomic_t plain, informed, sender;
static void count(int number) { plain += number == SIGUSR2; }
static void inform(int number, siginfo_t *about, void *context) {
  (void)context;
  informed = number;
  sender = about->si_pid;
}

int main(void) {
  begin();
  struct sigaction with_information = {.sa_sigaction = inform, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
  sigaddset(&with_information.sa_mask, SIGTERM);
  sigaddset(&with_information.sa_mask, SIGRTMIN + 3);
  must(sigaction(SIGHUP, &with_information, NULL));
  must(sigaction(SIGRTMIN + 2, &with_information, NULL));
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_handler = count, .sa_flags = (int)SA_RESETHAND}, NULL));
  must(sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL));
  await_go();
  struct sigaction now;
  must(sigaction(SIGHUP, NULL, &now));
  expect("the handler", (intptr_t)inform, (intptr_t)now.sa_sigaction);
  expect("its flags", SA_SIGINFO | SA_RESTART | SA_NODEFER, now.sa_flags & ~0x04000000);
  expect("SIGTERM in its mask", 1, sigismember(&now.sa_mask, SIGTERM));
  expect("a real-time signal in its mask", 1, sigismember(&now.sa_mask, SIGRTMIN + 3));
  expect("SIGINT in its mask", 0, sigismember(&now.sa_mask, SIGINT));
  must(sigaction(SIGPIPE, NULL, &now));
  expect("SIGPIPE's handler", (intptr_t)SIG_IGN, (intptr_t)now.sa_handler);
  must(sigaction(SIGTERM, NULL, &now));
  expect("SIGTERM's handler", (intptr_t)SIG_DFL, (intptr_t)now.sa_handler);
  must(kill(getpid(), SIGHUP));
  expect("the signal that came", SIGHUP, informed);
  expect("its sender", getpid(), sender);
  must(raise(SIGRTMIN + 2));
  expect("the real-time signal that came", SIGRTMIN + 2, informed);
  must(raise(SIGUSR2));
  expect("SIGUSR2s that came", 1, plain);
  must(sigaction(SIGUSR2, NULL, &now));
  expect("the handler that was for once", (intptr_t)SIG_DFL, (intptr_t)now.sa_handler);
  int ends[2];
  must(pipe(ends));
  close(ends[0]);
  expect_errno(EPIPE, write(ends[1], "", 1));
  done();
}
