/* Sockets in a line each, for the preload-port-*.c. */
#ifndef PRELOAD_SOCKETS_H
#define PRELOAD_SOCKETS_H
#include "preload-harness.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

union address { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; };

static inline union address address_of(const char *text, uint16_t port) {
  union address a = {0};
  if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) a.v4.sin_family = AF_INET;
  else CHECK(inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1 && (a.v6.sin6_family = AF_INET6));
  a.v4.sin_port = htons(port);
  return a;
}
static inline socklen_t size_of(const union address *a) { return a->any.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6; }

/* "ADDRESS PORT" in a buffer that the next call but three overwrites. */
static inline const char *text_of(const union address *a) {
  static char texts[4][80];
  static int turn;
  char *text = texts[turn++ % 4], name[64];
  inet_ntop(a->any.sa_family, a->any.sa_family == AF_INET ? (const void *)&a->v4.sin_addr : &a->v6.sin6_addr, name, sizeof name);
  snprintf(text, sizeof texts[0], "%s %d", name, ntohs(a->v4.sin_port));
  return text;
}

static inline int new_socket(int family, int type, int reuse_port) {
  int fd = socket(family, type | SOCK_CLOEXEC, 0), one = 1;
  CHECK(fd >= 0);
  if (reuse_port) CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0);
  return fd;
}
static inline int bind_to(int fd, const char *text, uint16_t port) {
  union address a = address_of(text, port);
  return bind(fd, &a.any, size_of(&a));
}
static inline int connect_to(int fd, const char *text, uint16_t port) {
  union address a = address_of(text, port);
  return connect(fd, &a.any, size_of(&a));
}
static inline const char *own_name(int fd) {
  union address a;
  socklen_t size = sizeof a;
  CHECK(getsockname(fd, &a.any, &size) == 0 && size == size_of(&a));
  return text_of(&a);
}
static inline const char *peer_name(int fd) {
  union address a;
  socklen_t size = sizeof a;
  CHECK(getpeername(fd, &a.any, &size) == 0 && size == size_of(&a));
  return text_of(&a);
}
static inline int same(const char *is, const char *wanted) {
  if (strcmp(is, wanted) != 0) fprintf(stderr, "is \"%s\", wanted \"%s\"\n", is, wanted);
  return strcmp(is, wanted) == 0;
}
/* What the kernel has, past the library. */
static inline int kernel_port(int fd) {
  union address a;
  socklen_t size = sizeof a;
  CHECK(syscall(SYS_getsockname, fd, &a, &size) == 0);
  return ntohs(a.v4.sin_port);
}
#endif
