/* Signals that wait for one thread of several, and one that waits for whichever takes it. */
#include "thread.h"

static struct channel gate;
static void work(void *value) {
  hear(gate);
  sigset_t set, pending;
  siginfo_t about;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  must(sigpending(&pending));
  expect("whether the other's signal waits here", 0, sigismember(&pending, value != NULL ? SIGUSR2 : SIGURG));
  expect("the signal", SIGRTMIN, must(sigtimedwait(&set, &about, &(struct timespec){5, 0})));
  expect("its value", (intptr_t)value, (intptr_t)about.si_value.sival_ptr);
}

int main(void) {
  begin();
  static struct sleeper one, other;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGURG);
  sigaddset(&set, SIGHUP);
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  gate = channel();
  sleep_in(&one, work, (void *)0x1234);
  sleep_in(&other, work, NULL);
  must_zero(pthread_sigqueue(one.thread, SIGRTMIN, (union sigval){.sival_ptr = (void *)0x1234}));
  must_zero(pthread_sigqueue(other.thread, SIGRTMIN, (union sigval){.sival_ptr = NULL}));
  must_zero(pthread_kill(other.thread, SIGUSR2));
  must(kill(getpid(), SIGHUP));
  await_go();
  close(gate.to);
  join(&one);
  join(&other);
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  expect("the process's own", SIGHUP, must(sigtimedwait(&set, NULL, &(struct timespec){5, 0})));
  done();
}
