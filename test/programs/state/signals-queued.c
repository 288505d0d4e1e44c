/* Real-time signals queued with values are all still there, in their order, with their sender. */
#include "check.h"

int main(void) {
  begin();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 1);
  sigaddset(&set, SIGRTMIN + 5);
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  for (int i = 0; i < 20; i++) must(sigqueue(getpid(), SIGRTMIN + 5, (union sigval){.sival_int = 1000 + i}));
  must(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_ptr = &set}));
  await_go();
  siginfo_t about;
  expect("the first signal", SIGRTMIN + 1, must(sigwaitinfo(&set, &about)));
  expect("its pointer", (intptr_t)&set, (intptr_t)about.si_value.sival_ptr);
  for (int i = 0; i < 20; i++) {
    expect("the next signal", SIGRTMIN + 5, must(sigwaitinfo(&set, &about)));
    expect("its value", 1000 + i, about.si_value.sival_int);
    expect("its code", SI_QUEUE, about.si_code);
    expect("its sender", getpid(), about.si_pid);
    expect("its sender's user", (int)getuid(), (int)about.si_uid);
  }
  expect_errno(EAGAIN, sigtimedwait(&set, &about, &(struct timespec){0, 0}));
  must(sigqueue(getpid(), SIGRTMIN + 5, (union sigval){.sival_int = 7}));
  must(sigwaitinfo(&set, &about));
  expect("the value of a new one", 7, about.si_value.sival_int);
  done();
}
