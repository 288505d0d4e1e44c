/* SIGCHLD comes for children from before, with the right pid and code; signals between own processes arrive with the right sender. */
#include "process.h"

static volatile sig_atomic_t ended, code, asked_by;
static void child_ended(int number, siginfo_t *about, void *context) {
  (void)number, (void)context;
  ended = about->si_pid;
  code = about->si_status;
}
static void asked(int number, siginfo_t *about, void *context) {
  (void)number, (void)context;
  asked_by = about->si_pid;
}

int main(void) {
  begin();
  pid_t parent = getpid();
  must(sigaction(SIGCHLD, &(struct sigaction){.sa_sigaction = child_ended, .sa_flags = SA_SIGINFO | SA_RESTART}, NULL));
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_sigaction = asked, .sa_flags = SA_SIGINFO | SA_RESTART}, NULL));
  struct channel down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    if (hear(down) != 1) _exit(9);
    must(kill(getppid(), SIGUSR2));
    for (int i = 0; i < 10000 && asked_by == 0; i++) nap(1);
    _exit(asked_by == parent ? 17 : 18);
  }
  until_state(child, child, 'S');
  await_go();
  tell(down, 1);
  for (int i = 0; i < 10000 && asked_by == 0; i++) nap(1);
  expect("the sender of the child's signal", child, asked_by);
  must(kill(child, SIGUSR2));
  for (int i = 0; i < 10000 && ended == 0; i++) nap(1);
  expect("the pid that SIGCHLD tells", child, ended);
  expect("the code that SIGCHLD tells", 17, code);
  expect("the child's exit code", 17, reap(child));
  done();
}
