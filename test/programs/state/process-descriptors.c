/* Descriptors of processes: one that runs, oneself; they tell of the end, and send signals. */
#include "process.h"
#include <sys/syscall.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int main(void) {
  begin();
  pid_t child = (pid_t)must(fork());
  if (child == 0) for (;;) pause();
  int fd = (int)must(syscall(SYS_pidfd_open, child, 0)), own = (int)must(syscall(SYS_pidfd_open, getpid(), O_NONBLOCK));
  await_go();
  expect("whether the child has ended", 0, must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0)));
  must(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
  expect("whether it has ended then", 1, must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 20000)));
  siginfo_t about = {0};
  must(waitid((idtype_t)P_PIDFD, (id_t)fd, &about, WEXITED));
  expect("who ended", child, about.si_pid);
  expect("by what", SIGKILL, about.si_status);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  must(syscall(SYS_pidfd_send_signal, own, SIGUSR1, NULL, 0));
  expect("the signal to oneself", SIGUSR1, must(sigtimedwait(&set, NULL, &(struct timespec){5, 0})));
  expect("flags", O_NONBLOCK, must(fcntl(own, F_GETFL)) & O_NONBLOCK);
  done();
}
