/* Connections whose other end has been closed: what it had sent is read still, and then the end. */
#include "file.h"
#include <netinet/in.h>
#include <sys/socket.h>

struct connection { int client, server; };

static struct connection tcp(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&address, sizeof address));
  must(listen(listener, 1));
  must(getsockname(listener, (struct sockaddr *)&address, &length));
  struct connection out = {.client = (int)must(socket(AF_INET, SOCK_STREAM, 0))};
  must(connect(out.client, (struct sockaddr *)&address, sizeof address));
  out.server = (int)must(accept(listener, NULL, NULL));
  must(close(listener));
  return out;
}

static void until_hung_up(int fd) {
  struct pollfd state = {fd, POLLRDHUP, 0};
  expect("whether the other end is gone", 1, must(poll(&state, 1, 60000)));
}

static void expect_end(int fd, size_t length) {
  static char bytes[1 << 18];
  size_t got = 0;
  for (ssize_t n; got < length && (n = must(read(fd, bytes + got, length - got))) > 0;) got += (size_t)n;
  expect("bytes that are read still", length, got);
  for (size_t i = 0; i < length; i++) expect("each of them", (char)('a' + i % 26), bytes[i]);
  expect("and then", 0, must(read(fd, bytes, 1)));
}

static void send_and_go(int fd, size_t length) {
  static char bytes[1 << 18];
  for (size_t i = 0; i < length; i++) bytes[i] = (char)('a' + i % 26);
  expect("bytes sent", length, must(write(fd, bytes, length)));
  must(close(fd));
}

int main(void) {
  begin();
  struct connection few = tcp(), many = tcp(), both = tcp(), none = tcp();
  int pair[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  send_and_go(few.client, 5);
  send_and_go(many.client, 100000);
  must(shutdown(both.server, SHUT_WR));
  send_and_go(both.client, 7);
  send_and_go(none.client, 0);
  send_and_go(pair[0], 9);
  const int waiting[] = {few.server, many.server, both.server, none.server, pair[1]};
  for (int i = 0; i < 5; i++) until_hung_up(waiting[i]);
  await_go();
  expect_end(few.server, 5);
  expect_end(many.server, 100000);
  expect_end(both.server, 7);
  expect_end(none.server, 0);
  expect_end(pair[1], 9);
  done();
}
