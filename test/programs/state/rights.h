/* Descriptors that go through unix sockets. */
#pragma once
#include "file.h"
#include <sys/socket.h>

union rights { struct cmsghdr head; char bytes[CMSG_SPACE(4 * sizeof(int))]; };

UNUSED static void send_with(int to, const char *text, size_t length, int count, const int *fds) {
  union rights control = {.head = {CMSG_LEN(sizeof(int) * (size_t)count), SOL_SOCKET, SCM_RIGHTS}};
  struct iovec part = {(char *)text, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * (size_t)count);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
  }
  expect("bytes sent", length, must(sendmsg(to, &message, 0)));
}

/* Sends a descriptor and closes it: from now on it is in the queue alone. */
UNUSED static void send_away(int to, const char *text, int fd) {
  send_with(to, text, strlen(text), 1, &fd);
  must(close(fd));
}

/* Expects these bytes with that many descriptors. */
UNUSED static void receive_with(int line, int from, size_t limit, const char *text, int count, int *fds) {
  char bytes[64] = {0};
  union rights control;
  struct iovec part = {bytes, limit};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  expect_number(line, "bytes received", (long long)strlen(text), must(recvmsg(from, &message, MSG_DONTWAIT)));
  expect_string(line, "what was received", text, bytes);
  size_t got = message.msg_controllen == 0 ? 0 : (control.head.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  expect_number(line, "descriptors received", count, (long long)got);
  if (count > 0) memcpy(fds, CMSG_DATA(&control.head), sizeof(int) * got);
}
#define receive(from, limit, text, count, fds) receive_with(__LINE__, from, limit, text, count, fds)
