/* Names of POSIX message queues in a table. An ordinary user can't list the queues of an IPC namespace, so each name is noted before its queue is
 * made: at the instance's end, and by a commit, they are found by it. A name may stand here that no queue has.
 *
 * An entry's word is its state and turn: FREE, PENDING while one process writes the name, USED. Names are not taken out by who unlinks: where room is
 * short, entries whose queue is `gone` are used again. So who has made a queue looks once more whether its name still stands there. A process killed
 * while it writes a name costs its entry. */
#ifndef APPSHOT_QUEUE_NAMES_H
#define APPSHOT_QUEUE_NAMES_H
#include "shared/table.h"
#include <stdbool.h>

static inline uint64_t queue_word(const struct table_queue *queue) { return __atomic_load_n(&queue->word, __ATOMIC_SEQ_CST); }
static inline bool queue_is_used(uint64_t word) { return (word & 3) == ENTRY_USED; }

/* Copies the name of an entry in use; false: there is none, or it was changed meanwhile. */
static inline bool queue_name(const struct table_queue *queue, char name[256]) {
  uint64_t word = queue_word(queue);
  if (!queue_is_used(word)) return false;
  for (int i = 0; i < 256; i++) name[i] = __atomic_load_n(&queue->name[i], __ATOMIC_RELAXED);
  name[255] = '\0';
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return queue_word(queue) == word;
}

static inline bool queue_has_name(const struct table_queue *queue, const char *name) {
  uint64_t word = queue_word(queue);
  int i = 0;
  if (!queue_is_used(word)) return false;
  while (i < 255 && name[i] != '\0' && queue->name[i] == name[i]) i++;
  return queue->name[i] == name[i] && queue_word(queue) == word;
}

static inline bool queue_take(struct table_queue *queue, uint64_t word, const char *name) {
  uint64_t pending = ((word >> 2) + 1) << 2 | ENTRY_PENDING;
  if (!__atomic_compare_exchange_n(&queue->word, &word, pending, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return false;
  int i = 0;
  for (; i < 255 && name[i] != '\0'; i++) queue->name[i] = name[i];
  queue->name[i] = '\0';
  __atomic_store_n(&queue->word, (pending & ~3ull) | ENTRY_USED, __ATOMIC_SEQ_CST);
  return true;
}

/* Notes a name of at most 255 bytes; false: there is no room. `gone`: no queue has this name. */
static inline bool queue_note(struct table *table, const char *name, bool (*gone)(const char *name)) {
  char other[256];
  for (int i = 0; i < TABLE_QUEUES && queue_word(&table->queues[i]) != 0; i++)
    if (queue_has_name(&table->queues[i], name)) return true;
  for (int i = 0; i < TABLE_QUEUES; i++)
    if (queue_word(&table->queues[i]) == 0 && queue_take(&table->queues[i], 0, name)) return true;
  for (int i = 0; i < TABLE_QUEUES; i++) {
    uint64_t word = queue_word(&table->queues[i]);
    if (queue_name(&table->queues[i], other) && queue_word(&table->queues[i]) == word && gone(other) && queue_take(&table->queues[i], word, name)) return true;
  }
  return false;
}
#endif
