/* bind of a fixed port. The socket itself is bound once and to the right port at once, since a bind can't be taken back. */
#include "preload/abstract-names.h"
#include "preload/ids.h"
#include "preload/next.h"
#include "preload/ports.h"

#define ATTEMPTS 8

struct binding {
  struct table *table;
  int fd, type;
  bool dual;
  union address asked, real;
  socklen_t length;
};

static bool is_multicast(const union address *a) {
  if (a->any.sa_family == AF_INET6) return IN6_IS_ADDR_MULTICAST(&a->v6.sin6_addr);
  return ntohl(a->v4.sin_addr.s_addr) >> 28 >= 14; /* and the broadcast address */
}

static bool is_bound(int fd) {
  union address now = {0};
  uint32_t size = sizeof now;
  return raw3(SYS_getsockname, fd, &now, &size) != 0 || address_port(&now) != 0;
}

static bool prepare(struct binding *b, const struct sockaddr *address, socklen_t length) {
  if (b->table == NULL || !address_copy(&b->asked, address, length)) return false;
  if (address_port(&b->asked) == 0 || is_multicast(&b->asked)) return false;
  if (socket_option(b->fd, SOL_SOCKET, SO_DOMAIN) != b->asked.any.sa_family) return false;
  b->type = socket_type(b->fd);
  if (b->type == 0 || is_bound(b->fd)) return false; /* the kernel has the error for it */
  b->dual = b->asked.any.sa_family == AF_INET6 && socket_option(b->fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
  b->length = length < sizeof b->real ? length : sizeof b->real;
  b->real = b->asked;
  address_to_loopback(&b->real, b->dual);
  if (b->dual && IN6_IS_ADDR_UNSPECIFIED(&b->asked.v6.sin6_addr)) b->asked.v6.sin6_addr.s6_addr32[2] = htonl(0xffff);
  return true;
}

/* The entry may have been taken for another port while its own was held by nobody: then there is a new one, that leads to what is bound now. */
static bool settled(struct binding *b, struct table_port *entry, uint16_t port) {
  uint64_t now = port_now(entry);
  if (port_state(now) != ENTRY_USED || !port_same(now, (unsigned)b->type, address_port(&b->asked)) || port_system(now) != port)
    entry = port_claim(b->table, b->type, address_port(&b->asked), port, &b->asked);
  if (entry == NULL || system_port(entry) != port) return false;
  port_note(entry, &b->asked);
  return true;
}

/* The entry of the port that is asked for, and the system's in it. */
static struct table_port *entry_of(struct binding *b, uint16_t *system) {
  uint16_t port = address_port(&b->asked);
  struct table_port *entry = port_by_virtual(b->table, b->type, port); /* steps 582, 584: the port is a parameter; is it translated? */
  if (entry == NULL) entry = port_claim(b->table, b->type, port, 0, &b->asked); /* steps 590, 598: allocated, so a translation is made */
  uint64_t now = entry != NULL ? port_now(entry) : 0;
  *system = port_same(now, (unsigned)b->type, port) ? port_system(now) : 0;
  return entry;
}

static int bind_loopback(struct binding *b, const struct sockaddr *address, socklen_t length) {
  int kept = errno;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    uint16_t port;
    struct table_port *entry = entry_of(b, &port);
    if (entry == NULL) return NEXT(bind)(b->fd, address, length);
    if (port == 0) continue; /* taken for another one meanwhile */
    b->real.v4.sin_port = htons(port);
    /* Steps 586, 588: the system's port stands in for the virtual one. */
    if (NEXT(bind)(b->fd, &b->real.any, b->length) == 0) {
      errno = kept;
      return settled(b, entry, port) ? 0 : refused(-EADDRINUSE);
    }
    if (errno != EADDRINUSE) return -1;
    if (attempt == 0) continue; /* another process may just have looked whether it is held */
    /* Taken by the instance itself, it is the program's to know; by a stranger, another one will do. */
    if (system_port(entry) == port && (port_is_ours(b->type, port) || !port_renew(b->table, entry, port))) break;
  }
  return refused(-EADDRINUSE);
}

/* FIG. 11 for a port, and the allocating branch of FIG. 15. */
EXPORT int bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct unix_name own;
  if (abstract_to_system(address, length, &own)) return NEXT(bind)(fd, (struct sockaddr *)&own.address, own.length);
  struct binding b = {.table = ports_table(), .fd = fd}; /* steps 520, 522, 580: the request, and the table of the caller's AID */
  if (!prepare(&b, address, length)) return NEXT(bind)(fd, address, length);
  return bind_loopback(&b, address, length);
}
