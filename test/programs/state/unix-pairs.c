/* socketpairs with data in flight both ways: streams, datagrams and packets; half-closed ones; options. */
#include "file.h"
#include <sys/socket.h>

static void send_text(int fd, const char *text) { expect("bytes sent", strlen(text), must(send(fd, text, strlen(text), MSG_NOSIGNAL))); }

int main(void) {
  begin();
  int stream[2], datagram[2], packet[2], half[2], gone[2];
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream));
  must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, datagram));
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packet));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, half));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, gone));
  send_text(stream[0], "there ");
  send_text(stream[0], "it goes");
  send_text(stream[1], "and back");
  send_text(datagram[0], "one");
  send_text(datagram[0], "two");
  send_text(packet[0], "first packet");
  send_text(packet[0], "second");
  send_text(half[0], "the last");
  must(shutdown(half[0], SHUT_WR));
  send_text(gone[0], "from who left");
  close(gone[0]);
  must(setsockopt(stream[0], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
  await_go();
  expect_text("a stream", "there it goes", next_text(stream[1], 100));
  expect_text("a stream's other way", "and back", next_text(stream[0], 100));
  expect_text("the first datagram", "one", next_text(datagram[1], 100));
  expect_text("the second datagram", "two", next_text(datagram[1], 100));
  expect_errno(EAGAIN, recv(datagram[1], (char[1]){0}, 1, 0));
  expect_text("the first packet", "first packet", next_text(packet[1], 100));
  expect_text("the second packet", "second", next_text(packet[1], 100));
  expect_text("what was sent before half was closed", "the last", next_text(half[1], 100));
  expect("what comes after it", 0, must(recv(half[1], (char[1]){0}, 1, 0)));
  send_text(half[1], "still open");
  expect_text("the half that is open", "still open", next_text(half[0], 100));
  expect_errno(EPIPE, send(half[0], "x", 1, MSG_NOSIGNAL));
  expect_text("what one who left had sent", "from who left", next_text(gone[1], 100));
  expect("what comes after that", 0, must(recv(gone[1], (char[1]){0}, 1, 0)));
  expect_errno(EPIPE, send(gone[1], "x", 1, MSG_NOSIGNAL));
  send_text(stream[1], "again");
  expect_text("a stream, afterwards", "again", next_text(stream[0], 100));
  send_text(packet[1], "p");
  expect_text("packets, afterwards", "p", next_text(packet[0], 100));
  int value = 0;
  socklen_t length = sizeof value;
  must(getsockopt(stream[0], SOL_SOCKET, SO_PASSCRED, &value, &length));
  expect("an option", 1, value);
  expect("close-on-exec", FD_CLOEXEC, must(fcntl(stream[0], F_GETFD)));
  done();
}
