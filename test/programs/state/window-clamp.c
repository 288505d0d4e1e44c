/* A connection whose window one end has bounded: the other one may not send it more at once, whatever its buffers hold. */
#include "file.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { BOUND = 20000 };

static int bound_of(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  must(getsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &value, &size));
  return value;
}

int main(void) {
  begin();
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  int listener = (int)must(socket(AF_INET, SOCK_STREAM, 0)), client = (int)must(socket(AF_INET, SOCK_STREAM, 0)), bound = BOUND;
  must(bind(listener, (struct sockaddr *)&own, sizeof own));
  must(listen(listener, 4));
  must(getsockname(listener, (struct sockaddr *)&own, &length));
  must(connect(client, (struct sockaddr *)&own, sizeof own));
  int server = (int)must(accept(listener, NULL, NULL));
  must(setsockopt(server, IPPROTO_TCP, TCP_WINDOW_CLAMP, &bound, sizeof bound));
  put(client, "sent before");
  await_go();
  expect("the bound of the one that has it", BOUND, bound_of(server));
  if (bound_of(client) <= BOUND) fail("the other end's window is bounded too, by %d\n", bound_of(client));
  expect_text("what had been sent", "sent before", next_text(server, 11));
  put(server, "answered");
  expect_text("what is answered", "answered", next_text(client, 8));
  done();
}
