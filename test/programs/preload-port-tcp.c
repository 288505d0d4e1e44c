/* A fixed TCP port is bound to a free one on loopback, and everything that names it says what the application asked for. */
#include "preload-sockets.h"

static int listener(const char *address, uint16_t port, int v6only) {
  int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET, fd = new_socket(family, SOCK_STREAM, 0), one = 1;
  if (family == AF_INET6) CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) == 0);
  CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
  CHECK(bind_to(fd, address, port) == 0 && listen(fd, 8) == 0);
  return fd;
}

/* One connection; both ends' names must be as without the library. */
static void meet(int listening, const char *to, uint16_t port, const char *server_name) {
  int client = new_socket(strchr(to, ':') != NULL ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(client, to, port) == 0);
  union address peer;
  socklen_t size = sizeof peer;
  int server = accept(listening, &peer.any, &size);
  CHECK(server >= 0);
  char wanted[80];
  snprintf(wanted, sizeof wanted, "%s %d", server_name, port);
  CHECK(same(own_name(server), wanted));
  CHECK(ntohs(peer.v4.sin_port) == kernel_port(client));
  union address seen;
  size = sizeof seen;
  CHECK(getpeername(client, &seen.any, &size) == 0 && ntohs(seen.v4.sin_port) == port);
  size = size_of(&seen); /* more is EINVAL */
  CHECK(getsockopt(client, SOL_SOCKET, SO_PEERNAME, &seen, &size) == 0 && ntohs(seen.v4.sin_port) == port);
  CHECK(write(client, "x", 1) == 1);
  char byte;
  CHECK(read(server, &byte, 1) == 1 && byte == 'x');
  close(client);
  close(server);
}

static void errors(void) {
  int fd = new_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(fd, (void *)8, 16) == -1 && errno == EFAULT);
  CHECK(bind(fd, (void *)-1, 16) == -1 && errno == EFAULT);
  union address a = address_of("127.0.0.1", 80);
  CHECK(bind(fd, &a.any, 3) == -1 && errno == EINVAL);
  CHECK(bind(-1, &a.any, 16) == -1 && errno == EBADF);
  CHECK(bind(0, &a.any, 16) == -1 && errno == ENOTSOCK);
  CHECK(connect(fd, (void *)8, 16) == -1 && errno == EFAULT);
  CHECK(getsockname(fd, &a.any, (void *)8) == -1 && errno == EFAULT);
  CHECK(bind_to(fd, "::1", 80) == -1);
  CHECK(bind_to(fd, "127.0.0.1", 81) == 0 && same(own_name(fd), "127.0.0.1 81"));
  CHECK(bind_to(fd, "127.0.0.1", 82) == -1 && errno == EINVAL);
  char small[4] = "\1\1\1\1";
  socklen_t size = 4;
  CHECK(getsockname(fd, (struct sockaddr *)small, &size) == 0 && size == 16 && small[2] == 0 && small[3] == 81);
  close(fd);
}

int main(int count, char **arguments) {
  struct table *table = start_inside(count, arguments, NULL);
  int four = listener("0.0.0.0", 80, 0);
  CHECK(same(own_name(four), "0.0.0.0 80") && kernel_port(four) != 80);
  CHECK(table->ports[0].state == ENTRY_USED && table->ports[0].system_port == kernel_port(four));
  CHECK(table->ports[0].virtual_port == 80 && table->ports[0].type == SOCK_STREAM && table->ports[0].pid == (uint32_t)getpid());
  int six = listener("::", 80, 1);
  CHECK(same(own_name(six), ":: 80"));
  CHECK(kernel_port(six) == kernel_port(four) && table->ports[1].state == ENTRY_FREE);
  meet(four, "127.0.0.1", 80, "127.0.0.1");
  meet(four, "127.0.0.7", 80, "127.0.0.1");
  meet(four, "0.0.0.0", 80, "127.0.0.1");
  meet(six, "::1", 80, "::1");
  meet(four, "::ffff:127.0.0.1", 80, "127.0.0.1");
  int dual = listener("::", 8080, 0);
  CHECK(same(own_name(dual), ":: 8080"));
  meet(dual, "127.0.0.1", 8080, "::ffff:127.0.0.1");
  meet(dual, "::1", 8080, "::ffff:127.0.0.1");
  int away = listener("10.99.98.97", 9000, 0);
  CHECK(same(own_name(away), "10.99.98.97 9000"));
  meet(away, "10.99.98.97", 9000, "10.99.98.97");
  int one = listener("::1", 9001, 0);
  CHECK(same(own_name(one), "::1 9001"));
  meet(one, "::1", 9001, "::1");
  errors();
  int free_port = new_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind_to(free_port, "0.0.0.0", 0) == 0 && strncmp(own_name(free_port), "0.0.0.0 ", 8) == 0);
  return 0;
}
