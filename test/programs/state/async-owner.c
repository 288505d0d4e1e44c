/* Who is told of input by a signal, and by which: O_ASYNC, F_SETOWN, F_SETSIG. */
#include "file.h"
#include "process.h"
#include <sys/socket.h>

int main(void) {
  begin();
  struct channel input = channel();
  int pair[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  sigset_t told;
  sigemptyset(&told);
  sigaddset(&told, SIGRTMIN + 3);
  sigaddset(&told, SIGIO);
  must(sigprocmask(SIG_BLOCK, &told, NULL));
  must(fcntl(input.from, F_SETOWN, getpid()));
  must(fcntl(input.from, F_SETSIG, SIGRTMIN + 3));
  must(fcntl(input.from, F_SETFL, O_ASYNC | O_NONBLOCK));
  must(fcntl(pair[0], F_SETOWN, -getpgrp()));
  await_go();
  expect("the owner of a pipe", getpid(), must(fcntl(input.from, F_GETOWN)));
  expect("its signal", SIGRTMIN + 3, must(fcntl(input.from, F_GETSIG)));
  expect("its flags", O_ASYNC | O_NONBLOCK, must(fcntl(input.from, F_GETFL)) & (O_ASYNC | O_NONBLOCK));
  struct f_owner_ex group;
  must(fcntl(pair[0], F_GETOWN_EX, &group));
  expect("the kind of a socket's owner", F_OWNER_PGRP, group.type);
  expect("the owner of a socket", getpgrp(), group.pid);
  tell(input, 1);
  siginfo_t about;
  struct timespec limit = {2, 0};
  expect("the signal that came", SIGRTMIN + 3, must(sigtimedwait(&told, &about, &limit)));
  expect("the descriptor that it is about", input.from, about.si_fd);
  expect("the byte", 1, hear(input));
  done();
}
