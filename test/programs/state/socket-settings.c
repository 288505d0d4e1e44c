/* Settings of sockets: of any, of TCP, of a listener, which those have that are accepted. */
#include "check.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

static const struct { int level, name, value; } settings[] = {
    {SOL_SOCKET, SO_REUSEADDR, 1}, {SOL_SOCKET, SO_KEEPALIVE, 1}, {SOL_SOCKET, SO_OOBINLINE, 1}, {SOL_SOCKET, SO_RCVLOWAT, 7},
    {IPPROTO_TCP, TCP_NODELAY, 1}, {IPPROTO_TCP, TCP_KEEPIDLE, 77}, {IPPROTO_TCP, TCP_KEEPINTVL, 11}, {IPPROTO_TCP, TCP_KEEPCNT, 5},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, 12345}, {IPPROTO_TCP, TCP_SYNCNT, 3}, {IPPROTO_IP, IP_TOS, 16}, {IPPROTO_IP, IP_TTL, 33}};
enum { COUNT = sizeof settings / sizeof *settings };

static int get(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  must(getsockopt(fd, level, name, &value, &length));
  return value;
}

int main(void) {
  begin();
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  int fd = (int)must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  for (int i = 0; i < COUNT; i++) must(setsockopt(fd, settings[i].level, settings[i].name, &settings[i].value, sizeof(int)));
  struct timeval patience = {3, 250000}, now;
  must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
  socklen_t patience_length = sizeof patience;
  must(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, &patience_length)); /* the kernel counts in steps of its own */
  must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 9}, sizeof(struct linger)));
  must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){50000}, sizeof(int)));
  int room = get(fd, SOL_SOCKET, SO_RCVBUF);
  must(bind(fd, (struct sockaddr *)&own, sizeof own));
  must(listen(fd, 9));
  await_go();
  for (int i = 0; i < COUNT; i++) expect("a setting", settings[i].value, get(fd, settings[i].level, settings[i].name));
  expect("room for what is received", room, get(fd, SOL_SOCKET, SO_RCVBUF));
  length = sizeof now;
  must(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &now, &length));
  expect("its patience", patience.tv_sec * 1000000 + patience.tv_usec, now.tv_sec * 1000000 + now.tv_usec);
  struct linger linger;
  length = sizeof linger;
  must(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length));
  expect("how long it lingers", 9, linger.l_linger);
  length = sizeof own;
  must(getsockname(fd, (struct sockaddr *)&own, &length));
  int client = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  must(connect(client, (struct sockaddr *)&own, sizeof own));
  must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 20000));
  int accepted = (int)must(accept(fd, NULL, NULL));
  expect("what an accepted one has of it", 77, get(accepted, IPPROTO_TCP, TCP_KEEPIDLE));
  expect("whether it waits", O_NONBLOCK, must(fcntl(fd, F_GETFL)) & O_NONBLOCK);
  done();
}
