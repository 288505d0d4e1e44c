#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/clients.h"
#include "checkpoint/forge/instances.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/mman.h>
#include <sys/socket.h>

struct client clients[CLIENTS];

/* A buffer that held more than this gives its pages back: every child of the forge would inherit them. */
#define KEEP 65536

static char *buffer_of(int client) { return (char *)(CLIENTS_AT + (uint64_t)client * CLIENT_SIZE); }

long clients_open(void) {
  for (int i = 0; i < CLIENTS; i++) clients[i].fd = -1;
  long at = sys_map(CLIENTS_AT, CLIENTS * CLIENT_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  return is_error(at) ? at : 0;
}

void client_accept(int listener) {
  long fd = sys4(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  for (int i = 0; i < CLIENTS; i++) {
    if (clients[i].fd >= 0) continue;
    clients[i] = (struct client){(int)fd, clients[i].serial + 1, 0};
    return;
  }
  sys_close(fd);
}

static void drop(int client) {
  sys_close(clients[client].fd);
  clients[client].fd = -1;
  instances_forsake(client, clients[client].serial);
}

static void handle_lines(int client, int64_t arrived_ns) {
  char *buffer = buffer_of(client);
  size_t held = clients[client].held, start = 0;
  int serial = clients[client].serial;
  for (size_t i = 0; i < held; i++) {
    if (buffer[i] != '\n') continue;
    buffer[i] = 0;
    handle_line(buffer + start, client, arrived_ns);
    start = i + 1;
    if (clients[client].fd < 0 || clients[client].serial != serial) return;
  }
  memmove(buffer, buffer + start, held - start);
  clients[client].held = held - start;
  if (held == start && held > KEEP) regardless(sys3(SYS_madvise, buffer, CLIENT_SIZE, MADV_DONTNEED)); /* it only costs */
}

void client_read(int client) {
  struct client *c = &clients[client];
  long n = sys_read(c->fd, buffer_of(client) + c->held, CLIENT_SIZE - c->held);
  if (n == -EAGAIN || n == -EINTR) return;
  if (n <= 0) return drop(client); /* gone, or a line that is longer than any order */
  int64_t arrived = now_ns();
  c->held += (size_t)n;
  handle_lines(client, arrived);
}

int client_send(int client, int serial, const char *text, size_t size) {
  struct client *c = &clients[client];
  if (c->fd < 0 || c->serial != serial) return -1;
  long n = sys6(SYS_sendto, c->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
  if (n == (long)size) return 0;
  drop(client);
  return -1;
}
