/* Who has sent what waits in a unix socket, where its receiver has asked to be told. */
#include "file.h"
#include "process.h"
#include <sys/socket.h>

static struct ucred sender(int fd) {
  char byte;
  union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(struct ucred))]; } control;
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct ucred who = {0};
  expect("bytes received", 1, must(recvmsg(fd, &message, 0)));
  expect("what comes with it", SCM_CREDENTIALS, control.head.cmsg_type);
  memcpy(&who, CMSG_DATA(&control.head), sizeof who);
  return who;
}

int main(void) {
  begin();
  int pair[2];
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  must(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
  put(pair[0], "a");
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must(setresuid(-1, 1234, -1));
    put(pair[0], "b");
    for (;;) pause();
  }
  until_state(child, child, 'S');
  await_go();
  expect("who sent the first", getpid(), sender(pair[1]).pid);
  struct ucred second = sender(pair[1]);
  expect("who sent the second", child, second.pid);
  expect("as what user", 0, second.uid);
  put(pair[0], "c");
  expect("who sent one since", getpid(), sender(pair[1]).pid);
  must(kill(child, SIGKILL));
  reap(child);
  done();
}
