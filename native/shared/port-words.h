/* The ports of a table, and the protocol by which processes claim them without a lock: that of id-words.h, with all entries for a window.
 *
 * What leads from a virtual port to the system's and back is one 64-bit word, so that no claim has a half: state, type, turn, virtual and system
 * port. To claim, a process 1. stores a PENDING word, 2. looks at every other one: for a USED word with the same virtual port, or a PENDING one
 * before its own, it takes its own back and starts again; a PENDING one behind its own it cancels, 3. makes its own USED, which fails when somebody
 * has cancelled it. A PENDING word that is there already is finished by whoever meets it: a process killed half-way is in nobody's way.
 *
 * An entry is kept when its socket is closed: who binds the port again has the same one. Only a table that is full takes entries whose system
 * port nobody holds any more (`stale`). So a process that has bound a system port looks whether its entry still leads there.
 * test/programs/vproc/model/ports.c runs this very code through every interleaving: PORT_LOAD and PORT_EXCHANGE are its only steps. */
#ifndef APPSHOT_PORT_WORDS_H
#define APPSHOT_PORT_WORDS_H
#include "shared/table.h"
#include <stdbool.h>

#ifndef PORT_SLOTS
#define PORT_SLOTS TABLE_PORTS
#endif
#ifndef PORT_LOAD
static inline bool port_exchange(uint64_t *at, uint64_t expected, uint64_t wanted) {
  return __atomic_compare_exchange_n(at, &expected, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
#define PORT_LOAD(at) __atomic_load_n((at), __ATOMIC_SEQ_CST)
#define PORT_EXCHANGE(at, expected, wanted) port_exchange((at), (expected), (wanted))
#endif

static inline uint64_t port_word(unsigned state, unsigned type, unsigned turn, uint16_t port, uint16_t system) {
  return (uint64_t)state << 56 | (uint64_t)type << 48 | (uint64_t)turn << 32 | (uint64_t)port << 16 | system;
}
static inline unsigned port_state(uint64_t word) { return (unsigned)(word >> 56); }
static inline unsigned port_type(uint64_t word) { return (unsigned)(word >> 48) & 0xff; }
static inline unsigned port_turn(uint64_t word) { return (unsigned)(word >> 32) & 0xffff; }
static inline uint16_t port_virtual(uint64_t word) { return (uint16_t)(word >> 16); }
static inline uint16_t port_system(uint64_t word) { return (uint16_t)word; }
/* Without any occupant. It is not 0, which says that nothing was ever put there or behind. */
static inline uint64_t port_emptied(uint64_t word) { return port_word(ENTRY_FREE, 0, port_turn(word), 0, 0); }
static inline bool port_same(uint64_t word, unsigned type, uint16_t port) {
  return port_state(word) != ENTRY_FREE && port_type(word) == type && port_virtual(word) == port;
}

/* The entry that has this state for this virtual port; -1: none. */
static inline int port_find(const struct table_port *ports, unsigned type, uint16_t port, unsigned state, uint64_t *word) {
  for (int i = 0; i < (int)PORT_SLOTS && (*word = PORT_LOAD(&ports[i].word)) != 0; i++)
    if (port_same(*word, type, port) && port_state(*word) == state) return i;
  return -1;
}

/* The other way, of those in use. */
static inline int port_find_system(const struct table_port *ports, unsigned type, uint16_t system, uint64_t *word) {
  for (int i = 0; i < (int)PORT_SLOTS && (*word = PORT_LOAD(&ports[i].word)) != 0; i++)
    if (port_state(*word) == ENTRY_USED && port_type(*word) == type && port_system(*word) == system) return i;
  return -1;
}

/* The first entry that is free. Where none is, one that nobody needs, looked for from another place each time; else one that isn't finished. */
static inline int port_room(struct table_port *ports, uint16_t port, bool (*stale)(const struct table_port *entry, uint64_t word), uint64_t *word) {
  for (int i = 0; i < (int)PORT_SLOTS; i++)
    if (port_state(*word = PORT_LOAD(&ports[i].word)) == ENTRY_FREE) return i;
  for (int pass = 0; pass < 2; pass++)
    for (unsigned i = 0; i < PORT_SLOTS; i++) {
      unsigned at = (port + i) % PORT_SLOTS;
      *word = PORT_LOAD(&ports[at].word);
      if (pass == 0 ? port_state(*word) == ENTRY_USED && stale(&ports[at], *word) : port_state(*word) == ENTRY_PENDING) return (int)at;
    }
  return -1;
}

/* Step 2. True: no other word has this virtual port now. */
static inline bool port_alone(struct table_port *ports, int own, uint64_t mine) {
  for (int i = 0; i < (int)PORT_SLOTS;) {
    uint64_t now = PORT_LOAD(&ports[i].word);
    if (now == 0) break;
    if (i == own || !port_same(now, port_type(mine), port_virtual(mine))) {
      i++;
      continue;
    }
    if (port_state(now) == ENTRY_USED || i < own || PORT_LOAD(&ports[own].word) != mine) return false;
    (void)PORT_EXCHANGE(&ports[i].word, now, port_emptied(now)); /* looked at again: it may have become USED meanwhile */
  }
  return true;
}

/* The entry of this virtual port, made with `system` if need be; -1: no room. */
static inline int port_take(struct table_port *ports, unsigned type, uint16_t port, uint16_t system,
                            bool (*stale)(const struct table_port *entry, uint64_t word), uint64_t *word) {
  for (;;) {
    uint64_t mine, now;
    int at = port_find(ports, type, port, ENTRY_USED, word);
    if (at >= 0) return at;
    at = port_find(ports, type, port, ENTRY_PENDING, &mine);
    if (at < 0) {
      at = port_room(ports, port, stale, &now);
      if (at < 0) return -1;
      mine = port_word(ENTRY_PENDING, type, port_turn(now) % 0xffff + 1, port, system);
      if (!PORT_EXCHANGE(&ports[at].word, now, mine)) continue;
    }
    if (!port_alone(ports, at, mine)) {
      (void)PORT_EXCHANGE(&ports[at].word, mine, port_emptied(mine));
      continue;
    }
    *word = port_word(ENTRY_USED, type, port_turn(mine), port, port_system(mine));
    if (PORT_EXCHANGE(&ports[at].word, mine, *word)) return at;
  }
}
#endif
