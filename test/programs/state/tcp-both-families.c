/* Connections inside an instance over IPv4 and IPv6: to a listener for both, and to one of two that have the same port. */
#include "file.h"
#include <netinet/in.h>
#include <sys/socket.h>

union address {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};
struct connection { int client, server; };

static union address loopback(int family, in_port_t port) {
  union address out = {.any.sa_family = (sa_family_t)family};
  out.four.sin_port = port; /* where both have it */
  if (family == AF_INET) out.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else out.six.sin6_addr = in6addr_loopback;
  return out;
}
static socklen_t size_of(int family) { return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6); }
static in_port_t port_of(int fd) {
  union address now;
  socklen_t length = sizeof now;
  must(getsockname(fd, &now.any, &length));
  return now.four.sin_port;
}
/* -1: the port is taken. */
static int listener(union address at, int only) {
  int fd = (int)must(socket(at.any.sa_family, SOCK_STREAM, 0));
  if (at.any.sa_family == AF_INET6) must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only));
  if (bind(fd, &at.any, size_of(at.any.sa_family)) == -1) return close(fd), -1;
  must(listen(fd, 4));
  return fd;
}
static struct connection connection(int listener, int family) {
  struct connection out = {.client = (int)must(socket(family, SOCK_STREAM, 0))};
  union address to = loopback(family, port_of(listener));
  must(connect(out.client, &to.any, size_of(family)));
  out.server = (int)must(accept(listener, NULL, NULL));
  put(out.client, "asked");
  put(out.server, "answered");
  return out;
}
static void prove(struct connection c) {
  expect_text("what was on its way to the server", "asked", next_text(c.server, 100));
  expect_text("what was on its way to the client", "answered", next_text(c.client, 100));
  put(c.client, "asked again");
  expect_text("what comes since", "asked again", next_text(c.server, 100));
}

int main(void) {
  begin();
  int both = (int)must(listener((union address){.six = {.sin6_family = AF_INET6}}, 0)), four = -1, six = -1;
  while (six == -1) {
    in_port_t port = htons((in_port_t)(10000 + nanoseconds(CLOCK_MONOTONIC) / 1000 % 20000));
    four = listener(loopback(AF_INET, port), 0);
    six = four == -1 ? -1 : listener(loopback(AF_INET6, port), 1);
    if (six == -1 && four != -1) close(four);
  }
  struct connection all[] = {connection(both, AF_INET), connection(both, AF_INET6), connection(four, AF_INET), connection(six, AF_INET6)};
  await_go();
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) prove(all[i]);
  done();
}
