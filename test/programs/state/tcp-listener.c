/* A TCP server: listens still on the port that it knows, with its options, and its own clients reach it over loopback. */
#include "file.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  must(getsockopt(fd, level, name, &value, &length));
  return value;
}

int main(void) {
  begin();
  int listener = (int)must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
  must(setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int)));
  must(setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)));
  must(setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &(int){0}, sizeof(int)));
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(38517)}, now, peer;
  must(bind(listener, (struct sockaddr *)&own, sizeof own));
  must(listen(listener, 16));
  await_go();
  socklen_t length = sizeof now;
  must(getsockname(listener, (struct sockaddr *)&now, &length));
  expect("its port", 38517, ntohs(now.sin_port));
  expect("its address", INADDR_LOOPBACK, ntohl(now.sin_addr.s_addr));
  expect("SO_ACCEPTCONN", 1, option(listener, SOL_SOCKET, SO_ACCEPTCONN));
  expect("SO_REUSEADDR", 1, option(listener, SOL_SOCKET, SO_REUSEADDR));
  expect("SO_KEEPALIVE", 1, option(listener, SOL_SOCKET, SO_KEEPALIVE));
  expect("TCP_NODELAY", 1, option(listener, IPPROTO_TCP, TCP_NODELAY));
  expect_errno(EAGAIN, accept(listener, NULL, NULL));
  for (int i = 0; i < 5; i++) {
    int client = (int)must(socket(AF_INET, SOCK_STREAM, 0));
    must(connect(client, (struct sockaddr *)&own, sizeof own));
    expect("ready descriptors", 1, must(poll(&(struct pollfd){listener, POLLIN, 0}, 1, 20000)));
    length = sizeof peer;
    int server = (int)must(accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC));
    put(client, "hello");
    expect_text("what the client sent", "hello", next_text(server, 100));
    put(server, "welcome");
    expect_text("what the server answered", "welcome", next_text(client, 100));
    length = sizeof now;
    must(getpeername(client, (struct sockaddr *)&now, &length));
    expect("the port that the client sees", 38517, ntohs(now.sin_port));
    close(client);
    expect("what comes when the client has left", 0, must(read(server, (char[1]){0}, 1)));
    close(server);
  }
  done();
}
