/* A descriptor on its way through a unix socket can't be part of a template, and is there when it was refused. */
#include "file.h"
#include <sys/socket.h>

int main(void) {
  begin();
  int pair[2], fd = (int)must(open("/dev/zero", O_RDONLY));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(int))]; } control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  must(sendmsg(pair[0], &message, 0));
  must(close(fd));
  await_go();
  char byte = 0;
  part.iov_base = &byte;
  must(recvmsg(pair[1], &message, 0));
  expect("the byte", 'x', byte);
  memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
  expect("what the descriptor gives", 1, must(read(fd, &byte, 1)));
  expect("the byte it gives", 0, byte);
  done();
}
