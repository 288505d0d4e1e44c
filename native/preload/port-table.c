/* The table's ports. Every claimer takes the first free entry and none is ever given back, so two that want the same virtual
 * port meet at the same entry: one of them wins it, the other waits the few instructions until it can read it. */
#include "preload/ports.h"
#include <sched.h>

#define GAP 64    /* so many free entries in a row end the search */
#define PATIENCE 1000 /* a claimer that takes longer was killed half-way: its entry stays lost */

struct table *ports_table(void) {
  struct table *table = inside_table();
  return table != NULL && (table->flags & TABLE_FLAG_PORTS_AS_THEY_ARE) == 0 ? table : NULL;
}

/* The next entry in use at or after *index, which moves past it. */
static struct table_port *next_used(struct table *table, uint32_t *index) {
  for (uint32_t gap = 0; *index < TABLE_PORTS && gap < GAP;) {
    struct table_port *entry = &table->ports[(*index)++];
    uint32_t state = __atomic_load_n(&entry->state, __ATOMIC_ACQUIRE);
    if (state == ENTRY_USED) return entry;
    gap = state == ENTRY_FREE ? gap + 1 : 0;
  }
  return NULL;
}

bool ports_used(const struct table *table, int type) {
  uint32_t index = 0;
  struct table_port *entry;
  while ((entry = next_used((struct table *)table, &index)) != NULL)
    if (entry->type == type) return true;
  return false;
}

/* FIG. 12, steps 536 and 538: from a virtual port to the system's. */
struct table_port *port_by_virtual(struct table *table, int type, uint16_t port) {
  uint32_t index = 0;
  struct table_port *entry;
  while ((entry = next_used(table, &index)) != NULL)
    if (entry->virtual_port == port && entry->type == type) return entry;
  return NULL;
}

/* FIG. 13, steps 550 and 552 (FIG. 15, step 594): from a port of the system's to the virtual one. */
struct table_port *port_by_system(struct table *table, int type, uint16_t port) {
  uint32_t index = 0;
  struct table_port *entry;
  while ((entry = next_used(table, &index)) != NULL)
    if (system_port(entry) == port && entry->type == type) return entry;
  return NULL;
}

/* A port that is free on every address, of both families; 0: none, or no descriptor to find one with. */
static uint16_t free_port_of(int family, int type) {
  union address any = {.any.sa_family = (sa_family_t)family};
  int no = 0;
  uint32_t size = sizeof any;
  long fd = raw3(SYS_socket, family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  if (family == AF_INET6) raw5(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  long result = raw3(SYS_bind, fd, &any, address_size(&any));
  if (result == 0) result = raw3(SYS_getsockname, fd, &any, &size);
  raw_close(fd);
  return result == 0 ? address_port(&any) : 0;
}

static uint16_t free_port(struct table *table, int type) {
  for (int attempt = 0; attempt < 16; attempt++) {
    uint16_t port = free_port_of(AF_INET6, type);
    if (port == 0) port = free_port_of(AF_INET, type);
    if (port == 0 || port_by_system(table, type, port) == NULL) return port;
  }
  return 0;
}

static uint32_t settled_state(struct table_port *entry) {
  uint32_t state = ENTRY_CLAIMED;
  for (int i = 0; i < PATIENCE && state == ENTRY_CLAIMED; i++) {
    if (i > 0) raw3(SYS_sched_yield, 0, 0, 0);
    state = __atomic_load_n(&entry->state, __ATOMIC_ACQUIRE);
  }
  return state;
}

static bool try_claim(struct table_port *entry) {
  uint32_t expected = ENTRY_FREE;
  return __atomic_compare_exchange_n(&entry->state, &expected, ENTRY_CLAIMED, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* FIG. 11, steps 524-530 (FIG. 15, step 600): a port of the system's is taken, a slot scanned for, and the translation inserted;
 * the caller keeps the virtual port that it asked for (step 602). */
struct table_port *port_claim(struct table *table, int type, uint16_t port, const union address *asked) {
  uint16_t found = inside.table_writable ? free_port(table, type) : 0;
  for (uint32_t i = 0; found != 0 && i < TABLE_PORTS; i++) {
    struct table_port *entry = &table->ports[i];
    if (settled_state(entry) == ENTRY_FREE && try_claim(entry)) {
      entry->type = (uint16_t)type;
      entry->virtual_port = port;
      entry->system_port = found;
      entry->pid = (uint32_t)raw3(SYS_getpid, 0, 0, 0);
      entry->family = AF_UNSPEC;
      port_note(entry, asked);
      __atomic_store_n(&entry->state, ENTRY_USED, __ATOMIC_RELEASE);
      return entry;
    }
    if (settled_state(entry) == ENTRY_USED && entry->type == type && entry->virtual_port == port) return entry;
  }
  return NULL;
}

bool port_renew(struct table *table, struct table_port *entry, uint16_t taken) {
  uint16_t found = inside.table_writable ? free_port(table, entry->type) : 0;
  if (found == 0) return false;
  __atomic_compare_exchange_n(&entry->system_port, &taken, found, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  return true; /* another process may have been faster: its choice is as good */
}
