/* Binding the saved, virtual port to a system port (FIG. 9, steps 414-420). The same rules as in the preload library, which
 * translates from the same table: one entry for a virtual port and type, both address families at one system port. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include "shared/port-words.h"

#define ATTEMPTS 8

static struct table *table(void) { return (struct table *)TABLE_AT; }
static uint16_t swap(uint16_t n) { return (uint16_t)(n << 8 | n >> 8); }

static int mapped(const uint8_t *a) {
  static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
  return !memcmp(a, prefix, sizeof prefix);
}
static int unspecified(const uint8_t *a) {
  static const uint8_t zero[16];
  return !memcmp(a, zero, sizeof zero);
}

uint32_t loopback_address(union inet_address *address, int family, int as_ipv4, uint16_t port) {
  memset(address, 0, sizeof *address);
  address->any.sa_family = (sa_family_t)family;
  address->v4.sin_port = swap(port);
  if (family == AF_INET) {
    address->v4.sin_addr.s_addr = 0x0100007f;
    return sizeof address->v4;
  }
  uint8_t *bytes = address->v6.sin6_addr.s6_addr;
  bytes[15] = 1;
  if (as_ipv4) bytes[10] = bytes[11] = 0xff, bytes[12] = 127;
  return sizeof address->v6;
}

uint32_t address_for(int family, union inet_address *address) {
  if (address->any.sa_family == family) return family == AF_INET ? sizeof address->v4 : sizeof address->v6;
  return loopback_address(address, family, family == AF_INET6, swap(address->v4.sin_port));
}

static int is_v6only(int fd) {
  int only = 0, size = sizeof only;
  return sys5(SYS_getsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0 && only;
}

/* A port that is free on all addresses of both families. */
static int free_port(const struct image_socket *s) {
  union inet_address any = {.any.sa_family = AF_INET6};
  int size = sizeof any.v6, no = 0;
  long fd = sys3(SYS_socket, AF_INET6, s->type | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    regardless(sys5(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no)); /* a port that is taken for IPv4 shows when it is bound */
  } else {
    any.any.sa_family = AF_INET;
    size = sizeof any.v4;
    fd = sys3(SYS_socket, AF_INET, s->type | SOCK_CLOEXEC, 0);
    if (fd < 0) return (int)fd;
  }
  long r = sys3(SYS_bind, fd, &any, size);
  if (r >= 0) r = sys3(SYS_getsockname, fd, &any, &size);
  sys_close(fd);
  return r < 0 ? (int)r : swap(any.v4.sin_port);
}

static struct table_port *entry_of(uint16_t port, uint32_t type) {
  uint64_t word;
  int at = port_find(table()->ports, type, port, ENTRY_USED, &word);
  return at < 0 ? NULL : &table()->ports[at];
}

/* What the application asked for, as the library keeps it: a dual-stack `::` is ::ffff:0.0.0.0. */
static void note_address(struct table_port *entry, const struct image_socket *s, int v6only) {
  const union inet_address *asked = (const void *)s->address;
  entry->family = (uint16_t)s->family;
  if (s->family == AF_INET) {
    memcpy(entry->address, &asked->v4.sin_addr, 4);
  } else {
    memcpy(entry->address, &asked->v6.sin6_addr, 16);
    if (unspecified(entry->address) && !v6only) entry->address[10] = entry->address[11] = 0xff;
  }
}

/* Of a clone's own nothing is, and what the daemon has claimed ahead stays. */
static bool none_is_stale(const struct table_port *entry, uint64_t word) {
  (void)entry, (void)word;
  return false;
}

static int claim(uint16_t port, uint16_t system, const struct image_socket *s, int v6only, int everywhere) {
  uint64_t word;
  int at = port_take(table()->ports, s->type, port, system, none_is_stale, &word);
  if (at < 0) return fail_number(-ENOSPC, "keep a translation of port", port);
  table()->ports[at].pid = image.header->main_pid;
  table()->ports[at].everywhere = (uint16_t)everywhere;
  note_address(&table()->ports[at], s, v6only);
  return system;
}

static int bind_as_it_is(int fd, const struct image_socket *s, uint16_t port) {
  long r = sys3(SYS_bind, fd, s->address, s->address_size);
  return r < 0 ? fail_number(r, "bind port", port) : port;
}

static int is_loopback(const union inet_address *a) {
  const uint8_t *six = a->v6.sin6_addr.s6_addr;
  if (a->any.sa_family == AF_INET) return (a->v4.sin_addr.s_addr & 0xff) == 127 || !a->v4.sin_addr.s_addr;
  if (mapped(six)) return six[12] == 127;
  static const uint8_t one[16] = {[15] = 1};
  return unspecified(six) || !memcmp(six, one, sizeof one);
}

uint32_t address_here(const void *recorded, uint32_t size, uint32_t type, union inet_address *to) {
  memset(to, 0, sizeof *to);
  memcpy(to, recorded, size < sizeof *to ? size : sizeof *to);
  struct table_port *known = table()->flags & TABLE_FLAG_PORTS_AS_THEY_ARE ? NULL : entry_of(swap(to->v4.sin_port), type);
  if (!known || !is_loopback(to)) return size < sizeof *to ? size : sizeof *to;
  int as_ipv4 = to->any.sa_family == AF_INET6 && mapped(to->v6.sin6_addr.s6_addr);
  return loopback_address(to, to->any.sa_family, as_ipv4, known->system_port);
}

int leads_outside(const struct image_socket *s) {
  union inet_address to = {0};
  if (s->state != SOCKET_CONNECTED || s->type != SOCK_DGRAM || !s->peer_address_size) return 0;
  memcpy(&to, s->peer_address, sizeof to < sizeof s->peer_address ? sizeof to : sizeof s->peer_address);
  return !is_loopback(&to);
}

int port_keep(int fd, const struct description *d) {
  const struct image_socket *s = socket_of(d);
  union inet_address now = {0};
  int size = sizeof now;
  long r = sys3(SYS_getsockname, fd, &now, &size);
  if (r < 0) return fail_number(r, "ask for the address of socket", d->item.head->id);
  if (!s->virtual_port || entry_of(s->virtual_port, s->type) || (table()->flags & TABLE_FLAG_PORTS_AS_THEY_ARE)) return 0;
  return claim(s->virtual_port, swap(now.v4.sin_port), s, 1, 1) < 0 ? -1 : 0;
}

/* One that neither listens nor has a partner sends wherever it likes: from the loopback the kernel would let it go nowhere else. */
static int is_everywhere(const struct image_socket *s) { return s->name_as_is && s->state == SOCKET_BOUND; }

int port_bind(int fd, const struct description *d) {
  const struct image_socket *s = socket_of(d);
  union inet_address asked, real;
  memcpy(&asked, s->address, sizeof asked < sizeof s->address ? sizeof asked : sizeof s->address);
  uint16_t port = s->virtual_port ? s->virtual_port : swap(asked.v4.sin_port);
  if (table()->flags & TABLE_FLAG_PORTS_AS_THEY_ARE) return bind_as_it_is(fd, s, port);
  const uint8_t *six = asked.v6.sin6_addr.s6_addr;
  int v6only = s->family == AF_INET6 && is_v6only(fd);
  int as_ipv4 = s->family == AF_INET6 && (mapped(six) || (unspecified(six) && !v6only));
  struct table_port *known = entry_of(port, s->type);
  long r = -EADDRINUSE;
  for (int i = 0; i < ATTEMPTS && r == -EADDRINUSE; i++) {
    int system = known ? known->system_port : free_port(s);
    if (system < 0) return fail_number(system, "find a free port for", port);
    uint32_t size = loopback_address(&real, (int)s->family, as_ipv4, (uint16_t)system);
    if (is_everywhere(s)) real = asked, real.v4.sin_port = swap((uint16_t)system);
    r = sys3(SYS_bind, fd, &real, size);
    if (r >= 0) return known ? system : claim(port, (uint16_t)system, s, v6only, is_everywhere(s));
  }
  return fail_number(r, "bind virtual port", port);
}

/* Of one number for both, that of TCP is told: it is what is connected to. */
static int is_told(const struct table_port *entry) {
  const struct table_port *tcp = entry_of(entry->virtual_port, SOCK_STREAM);
  return entry == (tcp ? tcp : entry_of(entry->virtual_port, entry->type));
}

void ports_answer(struct line *answer) {
  if ((uint64_t)table()->magic != TABLE_MAGIC) return;
  for (int i = 0; i < TABLE_PORTS; i++) {
    const struct table_port *entry = &table()->ports[i];
    if (port_state(PORT_LOAD(&entry->word)) != ENTRY_USED || !is_told(entry)) continue;
    put(answer, "\tport=");
    put_number(answer, entry->virtual_port);
    put(answer, ":");
    put_number(answer, entry->system_port);
  }
}
