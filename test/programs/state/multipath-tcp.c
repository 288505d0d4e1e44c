/* A listener of multipath TCP, as Go's servers have them, with a client that has one path and one that could have more. */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define MULTIPATH 262

static int in, out, listener;
static struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {0}};

static void connect_by(int protocol, int *client, int *server) {
  *client = (int)must(socket(AF_INET, SOCK_STREAM, protocol));
  must(connect(*client, (void *)&at, sizeof at));
  *server = (int)must(accept(listener, NULL, NULL));
}
static void expect_through(int from, int to, const char *text) {
  char got[8] = {0};
  must(write(from, text, strlen(text)));
  must(read(to, got, sizeof got - 1));
  expect_text("what comes through", text, got);
}

int main(void) {
  begin();
  if ((listener = socket(AF_INET, SOCK_STREAM, MULTIPATH)) == -1) { /* a kernel without */
    await_go();
    done();
  }
  int in_more, out_more, protocol = 0;
  socklen_t size = sizeof at;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(bind(listener, (void *)&at, sizeof at));
  must(listen(listener, 7));
  must(getsockname(listener, (void *)&at, &size));
  connect_by(0, &out, &in);
  connect_by(MULTIPATH, &out_more, &in_more);
  must(write(out, "one", 3));
  must(write(out_more, "two", 3));
  await_go();
  char got[4] = {0};
  must(read(in, got, 3));
  expect_text("what was on its way", "one", got);
  must(read(in_more, got, 3));
  expect_text("what was on its way by more paths", "two", got);
  expect_through(in, out, "back");
  expect_through(in_more, out_more, "and");
  size = sizeof protocol;
  must(getsockopt(listener, SOL_SOCKET, SO_PROTOCOL, &protocol, &size));
  expect("the listener's protocol", MULTIPATH, protocol);
  connect_by(MULTIPATH, &out_more, &in_more);
  expect_through(out_more, in_more, "new");
  done();
}
