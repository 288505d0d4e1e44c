/* A process that waits for a signal with another mask, one that polls with another mask: they are woken, and have their own back. */
#include "process.h"

static volatile sig_atomic_t got;
static void handler(int number) { got = number; }
static int own_mask_is_back(void) {
  sigset_t now;
  sigemptyset(&now);
  must(sigprocmask(SIG_SETMASK, NULL, &now));
  return sigismember(&now, SIGUSR2) && sigismember(&now, SIGHUP) && !sigismember(&now, SIGURG);
}

int main(void) {
  begin();
  sigset_t own, other;
  sigemptyset(&own);
  sigaddset(&own, SIGUSR2);
  sigaddset(&own, SIGHUP);
  sigemptyset(&other);
  sigaddset(&other, SIGURG);
  sigaddset(&other, SIGUSR1);
  signal(SIGUSR2, handler);
  pid_t suspended = (pid_t)must(fork());
  if (suspended == 0) {
    must(sigprocmask(SIG_SETMASK, &own, NULL));
    expect_errno(EINTR, sigsuspend(&other));
    _exit(got == SIGUSR2 && own_mask_is_back() ? 0 : 1);
  }
  pid_t polling = (pid_t)must(fork());
  if (polling == 0) {
    must(sigprocmask(SIG_SETMASK, &own, NULL));
    expect_errno(EINTR, ppoll(NULL, 0, NULL, &other));
    _exit(got == SIGUSR2 && own_mask_is_back() ? 0 : 1);
  }
  until_state(suspended, suspended, 'S');
  until_state(polling, polling, 'S');
  await_go();
  until_state(suspended, suspended, 'S');
  until_state(polling, polling, 'S');
  must(kill(suspended, SIGUSR2));
  must(kill(polling, SIGUSR2));
  expect("how the suspended one ended", 0, reap(suspended));
  expect("how the polling one ended", 0, reap(polling));
  done();
}
