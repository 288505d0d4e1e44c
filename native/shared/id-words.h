/* The ids of a table (preload mechanism), and the protocol by which processes claim them without a lock.
 *
 * An id is one 64-bit word: its state, type, turn, cookie and system id. A virtual id says the slot and the turn, so that it leads
 * to its word at once, and a slot that is used again gives another virtual id. From a system id the word is found by probing a
 * window of slots from its hash. No claim has a half: a process killed between any two instructions leaves a word that is whole.
 *
 * To claim, a process 1. stores a PENDING word in the first slot of the window that isn't taken, 2. looks at every other slot of the window: for a
 * USED word with the same system id, or a PENDING one before its own, it takes its own back and starts again; a PENDING one behind its own it
 * cancels, 3. makes its own USED, which fails when somebody has cancelled it: then it starts again. Of two words that are made USED the later PENDING
 * would have seen the earlier one, so never are two USED. A PENDING word that is there already is finished by steps 2 and 3, whoever left it: nobody waits
 * for anybody, and the first of the window can only go forward.
 *
 * The cookie tells a process from a later one with the same pid; 0: not known. GONE: ended and reaped, still told to those who
 * ask late (a SIGCHLD that was blocked, a process group without its leader), and free to be taken.
 * test/programs/vproc/model runs this very code through every interleaving: ID_LOAD and ID_EXCHANGE are its only steps. */
#ifndef APPSHOT_ID_WORDS_H
#define APPSHOT_ID_WORDS_H
#include "shared/table.h"
#include <stdbool.h>

enum id_state { ID_FREE = 0, ID_PENDING = 1, ID_USED = 2, ID_GONE = 3 };

#ifndef ID_WINDOW
#define ID_WINDOW 64u /* slots that a system id may stand in */
#endif
#ifndef ID_SLOTS
#define ID_SLOTS TABLE_IDS
#endif
#ifndef ID_LOAD
static inline bool id_exchange(uint64_t *at, uint64_t expected, uint64_t wanted) {
  return __atomic_compare_exchange_n(at, &expected, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
#define ID_LOAD(at) __atomic_load_n((at), __ATOMIC_SEQ_CST)
#define ID_EXCHANGE(at, expected, wanted) id_exchange((at), (expected), (wanted))
#endif

#define ID_TURNS 128u
#define ID_COOKIE_MASK 0x7ffffu

static inline uint64_t id_word(unsigned state, unsigned type, unsigned turn, uint32_t cookie, int32_t system) {
  return (uint64_t)state << 62 | (uint64_t)type << 58 | (uint64_t)turn << 51 | (uint64_t)cookie << 32 | (uint32_t)system;
}
static inline unsigned id_state(uint64_t word) { return (unsigned)(word >> 62); }
static inline unsigned id_type(uint64_t word) { return (unsigned)(word >> 58) & 15; }
static inline unsigned id_turn(uint64_t word) { return (unsigned)(word >> 51) & (ID_TURNS - 1); }
static inline uint32_t id_cookie_of(uint64_t word) { return (uint32_t)(word >> 32) & ID_COOKIE_MASK; }
static inline int32_t id_system(uint64_t word) { return (int32_t)(uint32_t)word; }
static inline uint64_t id_restate(uint64_t word, unsigned state) { return (word & ~(3ull << 62)) | (uint64_t)state << 62; }
/* Without any occupant; the turn is kept, so that the next virtual id is another. Turn 0 was never used. */
static inline uint64_t id_emptied(uint64_t word) { return id_word(ID_FREE, 0, id_turn(word), 0, 0); }
static inline bool id_same(uint64_t word, unsigned type, int32_t system) {
  return id_state(word) != ID_FREE && id_type(word) == type && id_system(word) == system;
}
/* Of a pidfd's inode, which no other process ever has. */
static inline uint32_t id_cookie_from(uint64_t inode) {
  uint32_t cookie = (uint32_t)((inode * 0x9e3779b97f4a7c15ull) >> 45);
  return cookie != 0 ? cookie : 1;
}
static inline bool id_cookies_agree(uint32_t one, uint32_t other) { return one == 0 || other == 0 || one == other; }

static inline int32_t id_virtual(uint32_t base, uint32_t slot, uint64_t word) {
  return (int32_t)(base + id_turn(word) * TABLE_IDS + slot);
}
static inline uint32_t id_place(unsigned type, int32_t system, uint32_t i) {
  return ((((uint32_t)system * 2654435761u) >> 8) + type * 1021u + i) & (ID_SLOTS - 1);
}

/* The slot whose word has this state for this system id; -1: none. */
static inline int id_find_state(uint64_t *ids, unsigned type, int32_t system, unsigned state, uint64_t *word) {
  for (uint32_t i = 0; i < ID_WINDOW; i++) {
    uint32_t slot = id_place(type, system, i);
    *word = ID_LOAD(&ids[slot]);
    if (*word == 0) break; /* never taken: nothing was ever put behind it */
    if (id_same(*word, type, system) && id_state(*word) == state) return (int)slot;
  }
  return -1;
}

/* What a system id is called; `gone`: or was called, when it is no more. */
static inline int id_find(uint64_t *ids, unsigned type, int32_t system, bool gone, uint64_t *word) {
  int slot = id_find_state(ids, type, system, ID_USED, word);
  return slot < 0 && gone ? id_find_state(ids, type, system, ID_GONE, word) : slot;
}

/* A slot to take: one that is free, else one that nobody will ask for any more, else whatever isn't USED by the living. */
static inline bool id_takes(uint64_t word, int pass, bool (*ended)(uint64_t word)) {
  unsigned state = id_state(word);
  if (state == ID_FREE) return true;
  if (state == ID_GONE) return pass == 3 || (pass >= 1 && (!ended || ended(word)));
  return pass >= 2 && (state == ID_PENDING || (ended && ended(word)));
}

static inline int id_find_room(uint64_t *ids, unsigned type, int32_t system, bool (*ended)(uint64_t word), uint64_t *word) {
  for (int pass = 0; pass < 4; pass++)
    for (uint32_t i = 0; i < ID_WINDOW; i++) {
      uint32_t slot = id_place(type, system, i);
      *word = ID_LOAD(&ids[slot]);
      if (id_takes(*word, pass, ended)) return (int)slot;
    }
  return -1;
}

/* Step 2. True: no other word has this system id now. */
static inline bool id_alone(uint64_t *ids, uint32_t own, uint64_t mine, uint32_t cookie) {
  unsigned type = id_type(mine);
  int32_t system = id_system(mine);
  bool passed = false;
  for (uint32_t i = 0; i < ID_WINDOW;) {
    uint32_t slot = id_place(type, system, i);
    uint64_t now = ID_LOAD(&ids[slot]);
    if (now == 0) break;
    passed |= slot == own;
    if (slot == own || !id_same(now, type, system) || id_state(now) == ID_GONE) {
      i++;
      continue;
    }
    bool current = id_cookies_agree(id_cookie_of(now), cookie), used = id_state(now) == ID_USED;
    if (current && (used || !passed)) return false;
    /* Of an earlier process with this number, or behind ours. Looked at again: it may have become USED meanwhile. */
    (void)ID_EXCHANGE(&ids[slot], now, used ? id_restate(now, ID_GONE) : id_emptied(now));
  }
  return true;
}

/* Step 1: a PENDING word, somebody's that is there already or a new one of ours. False: there is no room; `*slot` -1: try again. */
static inline bool id_begin(uint64_t *ids, unsigned type, int32_t system, uint32_t cookie, bool (*ended)(uint64_t word), int *slot, uint64_t *mine) {
  *slot = id_find_state(ids, type, system, ID_PENDING, mine);
  if (*slot >= 0 && id_cookies_agree(id_cookie_of(*mine), cookie)) return true;
  uint64_t now;
  *slot = id_find_room(ids, type, system, ended, &now);
  if (*slot < 0) return false;
  unsigned turn = id_turn(now) + 1 == ID_TURNS ? 1 : id_turn(now) + 1;
  *mine = id_word(ID_PENDING, type, turn, cookie, system);
  if (!ID_EXCHANGE(&ids[*slot], now, *mine)) *slot = -1;
  return true;
}

/* True: `*word` at `slot` is this very process's. A word of an earlier one with its number is set aside. */
static inline bool id_settle(uint64_t *ids, int slot, uint32_t cookie, uint64_t *word) {
  bool current = id_cookies_agree(id_cookie_of(*word), cookie);
  uint64_t wanted = current ? *word | (uint64_t)cookie << 32 : id_restate(*word, ID_GONE);
  bool settled = wanted == *word || ID_EXCHANGE(&ids[slot], *word, wanted);
  *word = wanted;
  return current && settled;
}

/* The slot of this system id, claimed if need be; -1: no room. `*made`: it was this call that claimed it. */
static inline int id_claim(uint64_t *ids, unsigned type, int32_t system, uint32_t cookie, bool (*ended)(uint64_t word), uint64_t *word, bool *made) {
  *made = false;
  for (;;) {
    uint64_t mine;
    int slot = id_find(ids, type, system, false, word);
    if (slot >= 0) {
      if (id_settle(ids, slot, cookie, word)) return slot;
      continue;
    }
    if (!id_begin(ids, type, system, cookie, ended, &slot, &mine)) return -1;
    if (slot < 0) continue;
    if (!id_alone(ids, (uint32_t)slot, mine, cookie)) {
      (void)ID_EXCHANGE(&ids[slot], mine, id_emptied(mine));
      continue;
    }
    *word = id_restate(mine, ID_USED);
    if (!ID_EXCHANGE(&ids[slot], mine, *word)) continue;
    *made = true;
    return slot;
  }
}

/* The word that a virtual id names, in whatever state; 0: it isn't one of this AID's, or no longer. */
static inline uint64_t id_named(uint64_t *ids, uint32_t base, unsigned type, int64_t virtual_id, uint32_t *slot) {
  int64_t offset = virtual_id - (int64_t)base;
  if (offset < 0 || offset >= (int64_t)TABLE_ID_RANGE) return 0;
  *slot = (uint32_t)offset & (TABLE_IDS - 1);
  uint64_t word = ID_LOAD(&ids[*slot]);
  bool fits = id_turn(word) == (uint32_t)offset / TABLE_IDS && id_type(word) == type && id_state(word) >= ID_USED;
  return fits ? word : 0;
}

static inline void id_journal(struct table *table, uint32_t slot, uint64_t word) {
  uint64_t number = __atomic_fetch_add(&table->journal_head, 1, __ATOMIC_ACQ_REL);
  struct table_journal *entry = &table->journal[number % TABLE_JOURNAL];
  __atomic_store_n(&entry->sequence, 0, __ATOMIC_RELEASE);
  entry->word = word;
  entry->slot = slot;
  __atomic_store_n(&entry->sequence, number + 1, __ATOMIC_RELEASE);
}

/* What a restore has bound stands in the slot that its virtual id says, wherever its system id's hash leads: `restored` is a second way
 * to it. The restorer writes all of it before the first process runs; afterwards it is only read, and an entry counts while its
 * word has that system id. So what was restored is found before anybody could claim it anew. */
static inline uint32_t id_restored_place(unsigned type, int32_t system, uint32_t i) {
  return ((((uint32_t)system * 2654435761u) >> 8) + type * 1021u + i) & (TABLE_RESTORED - 1);
}
static inline int id_find_restored(struct table *table, unsigned type, int32_t system, unsigned state, uint64_t *word) {
  if (__atomic_load_n(&table->restored_count, __ATOMIC_ACQUIRE) == 0) return -1;
  for (uint32_t i = 0; i < TABLE_RESTORED; i++) {
    uint16_t entry = __atomic_load_n(&table->restored[id_restored_place(type, system, i)], __ATOMIC_ACQUIRE);
    if (entry == 0 || entry > TABLE_IDS) return -1;
    *word = ID_LOAD(&table->ids[entry - 1]);
    if (id_same(*word, type, system) && id_state(*word) == state) return entry - 1;
  }
  return -1;
}

/* id_find() in a table whose ids may have been restored. */
static inline int id_known(struct table *table, unsigned type, int32_t system, bool gone, uint64_t *word) {
  int slot = id_find_state(table->ids, type, system, ID_USED, word);
  if (slot < 0) slot = id_find_restored(table, type, system, ID_USED, word);
  if (slot < 0 && gone) slot = id_find_state(table->ids, type, system, ID_GONE, word);
  return slot < 0 && gone ? id_find_restored(table, type, system, ID_GONE, word) : slot;
}

/* id_claim() likewise. */
static inline int id_claim_known(struct table *table, unsigned type, int32_t system, uint32_t cookie, bool (*ended)(uint64_t word), uint64_t *word,
                                 bool *made) {
  *made = false;
  for (int slot; (slot = id_find_restored(table, type, system, ID_USED, word)) >= 0;)
    if (id_settle(table->ids, slot, cookie, word)) return slot;
  return id_claim(table->ids, type, system, cookie, ended, word, made);
}

/* Whom a socket names by a process that lived for one call, in the restorer; 0: that was nobody. */
static inline int32_t id_stood_in_for(const struct table *table, int32_t system) {
  uint64_t count = __atomic_load_n(&table->stand_in_count, __ATOMIC_ACQUIRE);
  for (uint64_t i = 0; i < count && i < TABLE_STAND_INS; i++)
    if (table->stand_ins[i].system == system) return table->stand_ins[i].shown;
  return 0;
}

/* The restorer's: the word that `virtual_id` names is this system id's from now on. False: it is none of this table's. */
static inline bool id_restore(struct table *table, unsigned type, int64_t virtual_id, int32_t system, uint32_t cookie, unsigned state) {
  int64_t offset = virtual_id - (int64_t)table->id_base;
  if (offset < 0 || offset >= (int64_t)TABLE_ID_RANGE) return false;
  uint32_t slot = (uint32_t)offset & (TABLE_IDS - 1);
  uint64_t word = id_word(state, type, (uint32_t)offset / TABLE_IDS, cookie, system);
  __atomic_store_n(&table->ids[slot], word, __ATOMIC_SEQ_CST);
  for (uint32_t i = 0; i < TABLE_RESTORED; i++) {
    uint16_t none = 0;
    if (!__atomic_compare_exchange_n(&table->restored[id_restored_place(type, system, i)], &none, (uint16_t)(slot + 1), false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST))
      continue;
    __atomic_add_fetch(&table->restored_count, 1, __ATOMIC_SEQ_CST);
    id_journal(table, slot, word);
    return true;
  }
  return false;
}
#endif
