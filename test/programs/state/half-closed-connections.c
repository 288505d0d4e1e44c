/* TCP connections of which one end has said that it sends no more, with bytes on their way; by IPv4 and by IPv6. */
#include "file.h"
#include <netinet/in.h>
#include <sys/socket.h>

union address { struct sockaddr any; struct sockaddr_in four; struct sockaddr_in6 six; };

static void connected(int family, int ends[2]) {
  union address own = {.any.sa_family = (sa_family_t)family};
  if (family == AF_INET) own.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else own.six.sin6_addr = in6addr_loopback;
  socklen_t length = sizeof own;
  int listener = (int)must(socket(family, SOCK_STREAM, 0));
  must(bind(listener, &own.any, sizeof own));
  must(listen(listener, 1));
  must(getsockname(listener, &own.any, &length));
  ends[0] = (int)must(socket(family, SOCK_STREAM, 0));
  must(connect(ends[0], &own.any, length));
  ends[1] = (int)must(accept(listener, NULL, NULL));
  close(listener);
}
static void prove(int ends[2]) {
  expect_text("what came before the end", "the last words", next_text(ends[1], 100));
  expect("what comes behind", 0, must(read(ends[1], (char[1]){0}, 1)));
  put(ends[1], "an answer");
  expect_text("what had been sent the other way, and what is sent since", "before an answer", (nap(20), next_text(ends[0], 100)));
  expect_errno(EPIPE, send(ends[0], "x", 1, MSG_NOSIGNAL));
  close(ends[1]);
  expect("what comes in the end", 0, must(read(ends[0], (char[1]){0}, 1)));
}

int main(void) {
  begin();
  int four[2], six[2];
  connected(AF_INET, four);
  connected(AF_INET6, six);
  for (int i = 0; i < 2; i++) {
    int *ends = i == 0 ? four : six;
    put(ends[0], "the last words");
    put(ends[1], "before ");
    must(shutdown(ends[0], SHUT_WR));
  }
  await_go();
  prove(four);
  prove(six);
  done();
}
