/* Who has sent what waits in a unix socket, where its receiver has asked to be told: also where the sender has ended since. */
#include "file.h"
#include "process.h"
#include <sys/socket.h>

static int datagrams[2], stream[2], packets[2];

static struct ucred sender(int fd, size_t most, const char *text) {
  char bytes[16] = {0};
  union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(struct ucred))]; } control;
  struct iovec part = {bytes, most};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct ucred who = {0};
  expect("bytes received", strlen(text), must(recvmsg(fd, &message, MSG_DONTWAIT)));
  expect_text("what was received", text, bytes);
  expect("what comes with it", SCM_CREDENTIALS, control.head.cmsg_type);
  memcpy(&who, CMSG_DATA(&control.head), sizeof who);
  return who;
}

static void send_all(const char *text) {
  put(datagrams[0], text);
  put(stream[0], text);
  put(packets[0], text);
}

static void expect_sender(pid_t pid, uid_t uid, const char *text) {
  const int fds[] = {datagrams[1], stream[1], packets[1]};
  for (int i = 0; i < 3; i++) {
    struct ucred who = sender(fds[i], 16, text);
    expect("who sent it", pid, who.pid);
    expect("as what user", uid, who.uid);
  }
}

static pid_t child_that_sends(const char *text, uid_t real, uid_t effective, bool ends) {
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must(setresuid(real, effective, -1));
    send_all(text);
    if (ends) _exit(3);
    for (;;) pause();
  }
  if (ends) expect("how it ended", 3, reap(child));
  else until_state(child, child, 'S');
  return child;
}

int main(void) {
  begin();
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets));
  must(setsockopt(datagrams[1], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
  must(setsockopt(stream[1], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
  must(setsockopt(packets[1], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
  send_all("a");
  pid_t child = child_that_sends("bcd", -1, 1234, false);
  pid_t ended = child_that_sends("ef", 4321, -1, true);
  send_all("g");
  await_go();
  expect_sender(getpid(), 0, "a");
  expect_sender(child, 0, "bcd");
  expect_sender(ended, 4321, "ef");
  expect_sender(getpid(), 0, "g");
  send_all("c");
  expect_sender(getpid(), 0, "c");
  must(kill(child, SIGKILL));
  reap(child);
  done();
}
