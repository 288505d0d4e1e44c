/* bind of a fixed port. The socket itself is bound once and to the right port at once, since a bind can't be taken back. */
#include "preload/abstract-names.h"
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

static int bind_entry(struct binding *b, struct table_port *entry) {
  int kept = errno;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    uint16_t port = system_port(entry);
    b->real.v4.sin_port = htons(port);
    /* Steps 586, 588: the system's port stands in for the virtual one. */
    if (NEXT(bind)(b->fd, &b->real.any, b->length) == 0) {
      port_note(entry, &b->asked);
      errno = kept;
      return 0;
    }
    if (errno != EADDRINUSE) return -1;
    /* Taken by the instance itself, it is the program's to know; by a stranger, another one will do. */
    if (system_port(entry) == port && (port_is_ours(b->type, port) || !port_renew(b->table, entry, port))) break;
  }
  errno = EADDRINUSE;
  return -1;
}

/* FIG. 11 for a port, and the allocating branch of FIG. 15. */
EXPORT int bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct unix_name own;
  if (abstract_to_system(address, length, &own)) return NEXT(bind)(fd, (struct sockaddr *)&own.address, own.length);
  struct binding b = {.table = ports_table(), .fd = fd}; /* steps 520, 522, 580: the request, and the table of the caller's AID */
  if (!prepare(&b, address, length)) return NEXT(bind)(fd, address, length);
  uint16_t port = address_port(&b.asked);
  struct table_port *entry = port_by_virtual(b.table, b.type, port); /* steps 582, 584: the port is a parameter; is it translated? */
  if (entry == NULL) entry = port_claim(b.table, b.type, port, &b.asked); /* steps 590, 598: allocated, so a translation is made */
  return entry != NULL ? bind_entry(&b, entry) : NEXT(bind)(fd, address, length);
}
