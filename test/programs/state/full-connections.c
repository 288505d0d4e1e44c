/* Connections whose writer can't write any more, TCP and unix: all that was written arrives, in order, and the writer can go on. */
#include "file.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { WORD = 4 };

static void tcp_pair(int ends[2]) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  int listener = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&own, sizeof own));
  must(listen(listener, 1));
  must(getsockname(listener, (struct sockaddr *)&own, &length));
  ends[0] = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  must(connect(ends[0], (struct sockaddr *)&own, sizeof own));
  ends[1] = (int)must(accept(listener, NULL, NULL));
  close(listener);
}

/* Numbers, one after the other, until no more go in. */
static uint32_t fill_up(int fd) {
  static uint32_t numbers[4096];
  uint32_t next = 0, at = 0;
  must(fcntl(fd, F_SETFL, O_NONBLOCK));
  for (;;) {
    for (uint32_t i = 0; i < 4096; i++) numbers[i] = next + i;
    ssize_t put = send(fd, (char *)numbers + at, sizeof numbers - at, MSG_NOSIGNAL);
    if (put == -1 && errno == EAGAIN) break;
    at += (uint32_t)must(put);
    if (at == sizeof numbers) next += 4096, at = 0;
  }
  return next * WORD + at;
}

static void expect_numbers(int fd, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes / WORD; i++) {
    uint32_t number;
    expect("bytes read", WORD, must(recv(fd, &number, WORD, MSG_WAITALL)));
    expect("the next number", i, number);
  }
  char rest[WORD];
  if (bytes % WORD) expect("bytes of the last number", bytes % WORD, must(recv(fd, rest, bytes % WORD, MSG_WAITALL)));
}

int main(void) {
  begin();
  int tcp[2], ended[2], local[2];
  tcp_pair(tcp);
  tcp_pair(ended);
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, local));
  uint32_t in_tcp = fill_up(tcp[0]), in_local = fill_up(local[0]), in_ended = fill_up(ended[0]);
  must(shutdown(ended[0], SHUT_WR));
  put(tcp[1], "the other way");
  await_go();
  expect_text("the other way", "the other way", next_text(tcp[0], 100));
  expect_numbers(tcp[1], in_tcp);
  expect_numbers(local[1], in_local);
  expect_numbers(ended[1], in_ended);
  expect("what comes after the end", 0, must(recv(ended[1], (char[1]){0}, 1, 0)));
  put(tcp[0], "after");
  expect_text("what is written after it", "after", next_text(tcp[1], 100));
  put(local[0], "after");
  expect_text("what is written after it", "after", next_text(local[1], 100));
  done();
}
