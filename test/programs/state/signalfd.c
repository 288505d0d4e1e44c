/* A signalfd gives the signals that had come before and those that come since. */
#include "check.h"
#include <sys/signalfd.h>

static struct signalfd_siginfo next(int fd) {
  struct signalfd_siginfo about = {0};
  expect("bytes that a signalfd gives", sizeof about, must(read(fd, &about, sizeof about)));
  return about;
}

int main(void) {
  begin();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGRTMIN + 4);
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  int fd = (int)must(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  must(sigqueue(getpid(), SIGRTMIN + 4, (union sigval){.sival_int = 99}));
  await_go();
  struct signalfd_siginfo about = next(fd);
  expect("the signal from before", SIGRTMIN + 4, about.ssi_signo);
  expect("its value", 99, about.ssi_int);
  expect("its sender", getpid(), about.ssi_pid);
  expect_errno(EAGAIN, read(fd, &about, sizeof about));
  must(kill(getpid(), SIGUSR2));
  expect("ready descriptors", 1, must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 20000)));
  expect("the signal since", SIGUSR2, next(fd).ssi_signo);
  expect("close-on-exec", FD_CLOEXEC, must(fcntl(fd, F_GETFD)));
  done();
}
