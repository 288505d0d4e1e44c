/* Sockets on their way through sockets, with what waits in them: one within another, the other end of the queue that it stands in, a
 * listener, and a set of events that watches what its program has. */
#include "rights.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/un.h>

static int outer[2], ring[2], carrier[2], counter;

static void fill_nested(void) {
  int inner[2], pipes[2];
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, inner));
  must(pipe(pipes));
  put(pipes[1], "deep");
  must(close(pipes[1]));
  send_away(inner[0], "has a pipe", pipes[0]);
  send_away(outer[0], "has a socket", inner[1]);
  send_away(outer[0], "and its other end", inner[0]);
}

static void prove_nested(void) {
  int inner[2], fd = -1;
  receive(outer[1], 12, "has a socket", 1, &inner[1]);
  receive(outer[1], 40, "and its other end", 1, &inner[0]);
  receive(inner[1], 20, "has a pipe", 1, &fd);
  expect_text("what the pipe gives", "deep", next_text(fd, 99));
  expect("what is left in it", 0, must(read(fd, &(char){0}, 1)));
  put(inner[0], "again");
  receive(inner[1], 20, "again", 0, NULL);
  must(close(inner[0]));
}

static void prove_ring(void) {
  int fd = -1;
  receive(ring[1], 20, "myself", 1, &fd);
  put(fd, "round");
  receive(ring[1], 20, "round", 0, NULL);
  must(close(fd));
  expect("what is left of it", 0, must(read(ring[1], &(char){0}, 1)));
}

static void send_listener(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
  int fd = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(bind(fd, (struct sockaddr *)&address, sizeof address));
  must(listen(fd, 5));
  send_away(carrier[0], "listener", fd);
}

static void prove_listener(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
  int fd = -1, client = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  receive(carrier[1], 20, "listener", 1, &fd);
  must(connect(client, (struct sockaddr *)&address, sizeof address));
  int accepted = (int)must(accept(fd, NULL, NULL));
  put(client, "hello");
  expect_text("what was sent", "hello", next_text(accepted, 9));
}

static void send_events(void) {
  int fd = (int)must(epoll_create1(0));
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 99};
  must(epoll_ctl(fd, EPOLL_CTL_ADD, counter, &event));
  send_away(carrier[0], "events", fd);
}

static void prove_events(void) {
  int fd = -1;
  struct epoll_event event = {0};
  receive(carrier[1], 20, "events", 1, &fd);
  expect("events before any", 0, must(epoll_wait(fd, &event, 1, 0)));
  uint64_t one = 1;
  must(write(counter, &one, sizeof one));
  expect("events", 1, must(epoll_wait(fd, &event, 1, 0)));
  expect("whose", 99, event.data.u64);
}

int main(void) {
  begin();
  const char *name = own_path("listener");
  counter = (int)must(eventfd(0, 0));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, outer));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ring));
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, carrier));
  fill_nested();
  send_away(ring[0], "myself", ring[0]);
  send_listener(name);
  send_events();
  await_go();
  prove_nested();
  prove_ring();
  prove_listener(name);
  prove_events();
  must(unlink(name));
  done();
}
