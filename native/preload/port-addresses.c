/* Addresses on their way in and out. A dual-stack `::` is kept in the table as ::ffff:0.0.0.0, since it listens on 127.0.0.1. */
#include "preload/ports.h"

static bool mapped(const struct in6_addr *a) { return IN6_IS_ADDR_V4MAPPED(a); }
static uint32_t last_word(const struct in6_addr *a) { return ntohl(a->s6_addr32[3]); }

static bool v4_loopback(uint32_t a) { return a >> 24 == 127; }

bool address_copy(union address *to, const struct sockaddr *from, socklen_t length) {
  if (from == NULL || length < sizeof to->v4 || length > sizeof(struct sockaddr_storage)) return false;
  size_t size = length < sizeof *to ? length : sizeof *to;
  if (!readable(from, size)) return false;
  memset(to, 0, sizeof *to);
  memcpy(to, from, size);
  return to->any.sa_family == AF_INET || (to->any.sa_family == AF_INET6 && length >= 24); /* the RFC 2133 size */
}

bool address_is_loopback(const union address *a) {
  if (a->any.sa_family == AF_INET) return v4_loopback(ntohl(a->v4.sin_addr.s_addr));
  const struct in6_addr *six = &a->v6.sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(six) || (mapped(six) && v4_loopback(last_word(six)));
}

bool address_is_any(const union address *a) {
  if (a->any.sa_family == AF_INET) return a->v4.sin_addr.s_addr == 0;
  return IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr) || (mapped(&a->v6.sin6_addr) && last_word(&a->v6.sin6_addr) == 0);
}

static bool address_is_local(const union address *a) { return address_is_any(a) || address_is_loopback(a); }

/* 127.0.0.1, ::1, or ::ffff:127.0.0.1 for what a dual-stack socket shares with IPv4. */
void address_to_loopback(union address *a, bool dual) {
  if (a->any.sa_family == AF_INET) {
    a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return;
  }
  struct in6_addr *six = &a->v6.sin6_addr;
  bool as_four = mapped(six) || (dual && IN6_IS_ADDR_UNSPECIFIED(six));
  memset(six, 0, sizeof *six);
  if (as_four) {
    six->s6_addr32[2] = htonl(0xffff);
    six->s6_addr32[3] = htonl(INADDR_LOOPBACK);
  } else {
    six->s6_addr[15] = 1;
  }
  a->v6.sin6_scope_id = 0;
}

static bool entry_is_dual(const struct table_port *entry) {
  struct in6_addr six;
  memcpy(&six, entry->address, sizeof six);
  return entry->family == AF_INET6 && mapped(&six) && last_word(&six) == 0;
}

static bool entry_is_any(const struct table_port *entry) {
  static const uint8_t zero[16];
  return entry_is_dual(entry) || memcmp(entry->address, zero, sizeof zero) == 0;
}

/* An IPv4 and an IPv6-only listener share an entry: it keeps the first one's address. */
void port_note(struct table_port *entry, const union address *asked) {
  uint8_t bytes[16] = {0};
  bool six = asked->any.sa_family == AF_INET6;
  if (six) memcpy(bytes, &asked->v6.sin6_addr, 16);
  else memcpy(bytes, &asked->v4.sin_addr, 4);
  bool alone = !six || mapped(&asked->v6.sin6_addr);
  bool entry_alone = entry->family != AF_INET6 || entry_is_dual(entry);
  if (entry->family != AF_UNSPEC && entry->family != asked->any.sa_family && alone != entry_alone) return;
  if (entry->family == asked->any.sa_family && memcmp(entry->address, bytes, 16) == 0) return;
  if (!inside.table_writable) return;
  entry->family = asked->any.sa_family;
  memcpy(entry->address, bytes, 16);
}

/* Asked of the kernel: an address that can be bound is this host's. */
static bool host_has(const union address *a) {
  union address any_port = *a;
  any_port.v4.sin_port = 0;
  long fd = raw3(SYS_socket, a->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  bool bound = raw3(SYS_bind, fd, &any_port, address_size(a)) == 0;
  raw_close(fd);
  return bound;
}

/* Loopback, what the instance bound, and for connections, which are made once, every address of this host. */
static bool leads_here(const union address *a, const struct table_port *entry) {
  if (address_is_local(a)) return true;
  bool six = a->any.sa_family == AF_INET6;
  const void *bytes = six ? (const void *)&a->v6.sin6_addr : &a->v4.sin_addr;
  if (entry->family == a->any.sa_family && memcmp(entry->address, bytes, six ? 16 : 4) == 0) return true;
  return entry->type == SOCK_STREAM && host_has(a);
}

bool address_to_system(int fd, int type, union address *a) {
  struct table *table = ports_table();
  uint16_t port = address_port(a);
  if (table == NULL || port == 0) return false;
  if (port_by_virtual(table, SOCK_STREAM, port) == NULL && port_by_virtual(table, SOCK_DGRAM, port) == NULL) return false;
  const struct table_port *entry = port_by_virtual(table, type != 0 ? type : socket_type(fd), port);
  if (entry == NULL || !leads_here(a, entry)) return false;
  if (a->any.sa_family == AF_INET6 && entry_is_dual(entry)) memset(&a->v6.sin6_addr, 0, 16);
  address_to_loopback(a, entry_is_dual(entry));
  a->v4.sin_port = htons(system_port(entry));
  return true;
}

/* Without a word to the kernel: nearly all addresses of others are told to be so here. */
static bool any_everywhere(const struct table *table, uint16_t port) {
  uint64_t word;
  for (int i = 0; i < TABLE_PORTS && (word = port_now(&table->ports[i])) != 0; i++)
    if (table->ports[i].everywhere && port_state(word) == ENTRY_USED && port_system(word) == port) return true;
  return false;
}

const struct table_port *port_of_own(int fd, int type, const union address *a) {
  struct table *table = ports_table();
  bool loopback = address_is_loopback(a);
  if (table == NULL || !(loopback || any_everywhere(table, address_port(a)))) return NULL;
  const struct table_port *entry = port_by_system(table, type != 0 ? type : socket_type(fd), address_port(a));
  return entry != NULL && (loopback || entry->everywhere) ? entry : NULL;
}

const struct table_port *port_of_peer(int fd, int type, const union address *a) {
  const struct table_port *entry = port_of_own(fd, type, a);
  return entry != NULL && (address_is_loopback(a) || host_has(a)) ? entry : NULL;
}

void address_to_virtual(int fd, int type, struct sockaddr *at, socklen_t room) {
  if (ports_table() == NULL || room < sizeof(struct sockaddr_in)) return;
  union address a = {0};
  memcpy(&a, at, room < sizeof a ? room : sizeof a);
  if (a.any.sa_family != AF_INET && (a.any.sa_family != AF_INET6 || room < sizeof a.v6)) return;
  const struct table_port *entry = port_of_peer(fd, type, &a);
  if (entry == NULL) return;
  uint16_t port = htons(entry->virtual_port);
  memcpy((char *)at + offsetof(struct sockaddr_in, sin_port), &port, sizeof port);
}

/* What the kernel would say of an end that is connected is a real address; of one that is only bound, what it was bound to. */
void address_as_asked(const struct table_port *entry, union address *a, bool connected) {
  bool as_it_is = !address_is_loopback(a);
  a->v4.sin_port = htons(entry->virtual_port);
  if (as_it_is) return;
  if (entry_is_any(entry)) {
    if (connected) return;
    if (a->any.sa_family == AF_INET) a->v4.sin_addr.s_addr = 0;
    else if (!mapped(&a->v6.sin6_addr) || entry_is_dual(entry)) memset(&a->v6.sin6_addr, 0, 16);
  } else if (entry->family == a->any.sa_family) {
    if (entry->family == AF_INET) memcpy(&a->v4.sin_addr, entry->address, 4);
    else memcpy(&a->v6.sin6_addr, entry->address, 16);
  }
}
