/* Sockets say who is at the other end, by every call that carries it. */
#include "check.h"
#include <sys/socket.h>

/* One byte, and beside it who sends it, behind a descriptor where `passed` is one. */
struct letter {
  char byte;
  struct iovec data;
  _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
  struct mmsghdr whole;
};

static struct msghdr *blank(struct letter *letter) {
  memset(letter, 0, sizeof *letter);
  letter->data = (struct iovec){&letter->byte, 1};
  letter->whole.msg_hdr = (struct msghdr){.msg_iov = &letter->data, .msg_iovlen = 1, .msg_control = letter->room, .msg_controllen = sizeof letter->room};
  return &letter->whole.msg_hdr;
}

static struct msghdr *from(struct letter *letter, pid_t pid, int passed) {
  struct msghdr *message = blank(letter);
  struct cmsghdr *part = CMSG_FIRSTHDR(message);
  if (passed >= 0) {
    *part = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    *(int *)(void *)CMSG_DATA(part) = passed;
    part = (struct cmsghdr *)(void *)(letter->room + CMSG_SPACE(sizeof(int)));
  } else {
    message->msg_controllen = CMSG_SPACE(sizeof(struct ucred));
  }
  *part = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct ucred)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
  *(struct ucred *)(void *)CMSG_DATA(part) = (struct ucred){pid, getuid(), getgid()};
  return message;
}

static pid_t sender_of(struct msghdr *message) {
  pid_t found = -1;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) close(*(int *)(void *)CMSG_DATA(part));
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS) found = ((struct ucred *)(void *)CMSG_DATA(part))->pid;
  }
  return found;
}

enum { WAYS = 4 };
static void send_by(int way, int fd, pid_t pid, int passed) {
  struct letter letter;
  struct msghdr *message = from(&letter, pid, passed);
  if (way == 0) CHECK(sendmsg(fd, message, 0) == 1);
  if (way == 1) CHECK(syscall(SYS_sendmsg, fd, message, 0) == 1);
  if (way == 2) CHECK(sendmmsg(fd, &letter.whole, 1, 0) == 1);
  if (way == 3) CHECK(syscall(SYS_sendmmsg, fd, &letter.whole, 1, 0) == 1);
}

static pid_t receive_by(int way, int fd) {
  struct letter letter;
  struct msghdr *message = blank(&letter);
  if (way == 0) CHECK(recvmsg(fd, message, 0) == 1);
  if (way == 1) CHECK(syscall(SYS_recvmsg, fd, message, 0) == 1);
  if (way == 2) CHECK(recvmmsg(fd, &letter.whole, 1, 0, NULL) == 1);
  if (way == 3) CHECK(syscall(SYS_recvmmsg, fd, &letter.whole, 1, 0, NULL) == 1);
  return sender_of(message);
}

static void peers(int fd) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid());
  peer.pid = 0;
  CHECK(syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid());
}

int main(void) {
  int ends[2], yes = 1;
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
  peers(ends[0]);
  CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 2 * WAYS; i++) send_by(i % WAYS, ends[0], getpid(), i < WAYS ? -1 : ends[0]);
    for (int i = 0; i < WAYS; i++) CHECK(write(ends[0], "y", 1) == 1);
    _exit(0);
  }
  for (int i = 0; i < 2 * WAYS; i++) CHECK(receive_by((i + i / WAYS) % WAYS, ends[1]) == child);
  expect_success(child);
  for (int i = 0; i < WAYS; i++) CHECK(receive_by(i, ends[1]) == child || getpid() == 1); /* told by the kernel, of one that has ended */
  return done();
}
