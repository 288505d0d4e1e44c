/* What goes with a handler: its mask, once only, again within itself, no zombies, calls taken up again. */
#include "process.h"

static volatile sig_atomic_t depth, deepest;
static void nested(int number) {
  if (++depth > deepest) deepest = depth;
  if (depth < 3) raise(number);
  depth--;
}
static volatile sig_atomic_t once;
static void only_once(int number) { once = number; }

int main(void) {
  begin();
  struct sigaction now;
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGWINCH);
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_handler = nested, .sa_flags = SA_NODEFER | SA_RESTART, .sa_mask = mask}, NULL));
  must(sigaction(SIGHUP, &(struct sigaction){.sa_handler = only_once, .sa_flags = (int)SA_RESETHAND}, NULL));
  must(sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT}, NULL));
  must(sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL));
  await_go();
  must(sigaction(SIGUSR2, NULL, &now));
  expect("its flags", SA_NODEFER | SA_RESTART, now.sa_flags & (SA_NODEFER | SA_RESTART | SA_ONSTACK | SA_SIGINFO));
  expect("whether its mask has SIGWINCH", 1, sigismember(&now.sa_mask, SIGWINCH));
  must(raise(SIGUSR2));
  expect("how deep it went", 3, deepest);
  must(raise(SIGHUP));
  expect("the signal that is caught once", SIGHUP, once);
  must(sigaction(SIGHUP, NULL, &now));
  expect("whether its handler is gone", true, now.sa_handler == SIG_DFL);
  pid_t child = (pid_t)must(fork());
  if (child == 0) _exit(0);
  expect_errno(ECHILD, waitpid(child, NULL, 0));
  struct channel broken = channel();
  close(broken.from);
  expect_errno(EPIPE, write(broken.to, "x", 1));
  done();
}
