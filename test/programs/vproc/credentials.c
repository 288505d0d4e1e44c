/* Sockets say who is at the other end. */
#include "check.h"
#include <sys/socket.h>

static void send_as(int fd, pid_t pid) {
  char byte = 'x';
  struct iovec data = {&byte, 1};
  _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(struct ucred))] = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  *part = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct ucred)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
  *(struct ucred *)(void *)CMSG_DATA(part) = (struct ucred){pid, getuid(), getgid()};
  CHECK(sendmsg(fd, &message, 0) == 1);
}

static pid_t receive(int fd) {
  char byte;
  struct iovec data = {&byte, 1};
  _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(struct ucred))] = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  CHECK(recvmsg(fd, &message, 0) == 1);
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  CHECK(part != NULL && part->cmsg_type == SCM_CREDENTIALS);
  return ((struct ucred *)(void *)CMSG_DATA(part))->pid;
}

int main(void) {
  int ends[2], yes = 1;
  struct ucred peer;
  socklen_t size = sizeof peer;
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid());
  CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0);
  pid_t child = fork();
  if (child == 0) {
    send_as(ends[0], getpid());
    CHECK(write(ends[0], "y", 1) == 1);
    _exit(0);
  }
  CHECK(receive(ends[1]) == child);
  expect_success(child);
  CHECK(receive(ends[1]) == child || getpid() == 1); /* told by the kernel, of one that has ended */
  return done();
}
