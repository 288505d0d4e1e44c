/* Far more fixed ports than the table has entries, each bound and closed again by one of several processes at once, as a resolver binds one for each
 * question: every one is translated and told as it was asked for, what is held all the while keeps its own, and a late one still gets one. */
#include "preload-sockets.h"

#define BINDERS 4
#define EACH 700

static int bind_many(int first, int type) {
  for (int port = first; port < first + EACH; port++) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, "127.0.0.1 %d", port);
    int fd = new_socket(AF_INET, type, 0);
    CHECK(bind_to(fd, "127.0.0.1", (uint16_t)port) == 0);
    CHECK(kernel_port(fd) != port && same(own_name(fd), wanted));
    close(fd);
  }
  return 0;
}

static int listener(const char *address, uint16_t port) {
  int fd = new_socket(strchr(address, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  CHECK(bind_to(fd, address, port) == 0 && listen(fd, 4) == 0 && kernel_port(fd) != port);
  return fd;
}

static void is_reached(int fd, const char *address, uint16_t port) {
  int client = new_socket(strchr(address, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(client, address, port) == 0 && kernel_port(fd) != port);
  int server = accept(fd, NULL, NULL);
  CHECK(server >= 0);
  close(server);
  close(client);
}

int main(int count, char **arguments) {
  struct table *table = start_inside(count, arguments, NULL);
  int four = listener("127.0.0.1", 80), six = listener("::1", 81), system = kernel_port(six);
  pid_t binders[BINDERS];
  for (int i = 0; i < BINDERS; i++)
    if ((binders[i] = fork()) == 0) _exit(bind_many(1000 + i * EACH, i % 2 == 0 ? SOCK_DGRAM : SOCK_STREAM));
  for (int i = 0; i < BINDERS; i++) {
    int status;
    CHECK(waitpid(binders[i], &status, 0) == binders[i] && status == 0);
  }
  is_reached(four, "127.0.0.1", 80);
  is_reached(six, "::1", 81);
  CHECK(kernel_port(six) == system && same(own_name(six), "::1 81"));
  int late = listener("127.0.0.1", 82);
  is_reached(late, "127.0.0.1", 82);
  CHECK(same(own_name(late), "127.0.0.1 82"));
  int used = 0;
  for (int i = 0; i < TABLE_PORTS; i++) used += table->ports[i].state == ENTRY_USED;
  CHECK(used == TABLE_PORTS);
  return 0;
}
