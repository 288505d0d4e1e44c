/* The table's ports: shared/port-words.h says how they are claimed. */
#include "preload/ports.h"

struct table *ports_table(void) {
  struct table *table = inside_table();
  return table != NULL && (table->flags & TABLE_FLAG_PORTS_AS_THEY_ARE) == 0 ? table : NULL;
}

bool ports_used(const struct table *table, int type) {
  uint64_t word;
  for (int i = 0; i < TABLE_PORTS && (word = port_now(&table->ports[i])) != 0; i++)
    if (port_state(word) == ENTRY_USED && port_type(word) == (unsigned)type) return true;
  return false;
}

static struct table_port *entry_at(struct table *table, int at) { return at < 0 ? NULL : &table->ports[at]; }

/* FIG. 12, steps 536 and 538: from a virtual port to the system's. */
struct table_port *port_by_virtual(struct table *table, int type, uint16_t port) {
  uint64_t word;
  return entry_at(table, port_find(table->ports, (unsigned)type, port, ENTRY_USED, &word));
}

/* FIG. 13, steps 550 and 552 (FIG. 15, step 594): from a port of the system's to the virtual one. */
struct table_port *port_by_system(struct table *table, int type, uint16_t port) {
  uint64_t word;
  return entry_at(table, port_find_system(table->ports, (unsigned)type, port, &word));
}

enum { HELD = 0, NOT_TOLD = -1 };
/* Binds a socket of its own to `port` (0: the kernel's choice) on every address, and closes it: the port that it had. */
static int try_port(int family, int type, uint16_t port) {
  union address any = {.any.sa_family = (sa_family_t)family};
  int no = 0;
  uint32_t size = sizeof any;
  any.v4.sin_port = htons(port);
  long fd = raw3(SYS_socket, family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return NOT_TOLD;
  if (family == AF_INET6) raw5(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  long result = raw3(SYS_bind, fd, &any, address_size(&any));
  if (result == 0) result = raw3(SYS_getsockname, fd, &any, &size);
  raw_close(fd);
  return result == 0 ? address_port(&any) : result == -EADDRINUSE ? HELD : NOT_TOLD;
}

/* A port that is free on every address, of both families; 0: none, or no descriptor to find one with. */
static uint16_t free_port(struct table *table, int type) {
  for (int attempt = 0; attempt < 16; attempt++) {
    int port = try_port(AF_INET6, type, 0);
    if (port <= 0) port = try_port(AF_INET, type, 0);
    if (port <= 0) return 0;
    if (port_by_system(table, type, (uint16_t)port) == NULL) return (uint16_t)port;
  }
  return 0;
}

/* Nobody holds its system port. What the daemon has claimed ahead stays. */
static bool is_stale(const struct table_port *entry, uint64_t word) {
  int type = (int)port_type(word);
  if (entry->pid == 0 && entry->family != AF_UNSPEC) return false;
  int port = try_port(AF_INET6, type, port_system(word));
  if (port == NOT_TOLD) port = try_port(AF_INET, type, port_system(word));
  return port > 0;
}

/* FIG. 11, steps 524-530 (FIG. 15, step 600): a port of the system's is taken, a slot scanned for, and the translation inserted;
 * the caller keeps the virtual port that it asked for (step 602). */
struct table_port *port_claim(struct table *table, int type, uint16_t port, uint16_t system, const union address *asked) {
  uint64_t word;
  if (!inside.table_writable) return NULL;
  if (system == 0) system = free_port(table, type);
  struct table_port *entry = system == 0 ? NULL : entry_at(table, port_take(table->ports, (unsigned)type, port, system, is_stale, &word));
  if (entry == NULL || port_system(word) != system) return entry;
  entry->everywhere = 0;
  entry->family = AF_UNSPEC; /* whatever its former occupant was */
  entry->pid = (uint32_t)raw3(SYS_getpid, 0, 0, 0);
  port_note(entry, asked);
  return entry;
}

bool port_renew(struct table *table, struct table_port *entry, uint16_t taken) {
  uint64_t word = port_now(entry);
  uint16_t found = inside.table_writable ? free_port(table, (int)port_type(word)) : 0;
  if (found == 0) return false;
  if (port_system(word) == taken)
    (void)PORT_EXCHANGE(&entry->word, word, port_word(port_state(word), port_type(word), port_turn(word), port_virtual(word), found));
  return true; /* another process may have been faster: its choice is as good */
}
