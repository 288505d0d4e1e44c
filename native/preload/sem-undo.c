/* SEM_UNDO: the kernel keeps what it will add to a semaphore when the process ends, and tells nobody. What was done is counted here, so
 * that a clone's kernel can be told. Several entries for one semaphore add up. */
#include "preload/next.h"
#include "preload/sem-undo.h"

#define ADJUSTMENT(entry) ((int16_t)(uint16_t)(entry))
#define KEY(id, number) ((uint64_t)(uint32_t)(id) << 32 | (uint64_t)(uint16_t)(number) << 16)
#define KEY_OF(entry) ((entry) & ~0xffffull)

/* A child of fork has its parent's memory, not its adjustments. */
static struct arena *own_arena(void) {
  struct arena *arena = inside_ready() ? inside.arena : NULL;
  uint32_t pid = (uint32_t)raw3(SYS_getpid, 0, 0, 0);
  if (arena == NULL || __atomic_load_n(&arena->undo_pid, __ATOMIC_ACQUIRE) == pid) return arena;
  for (int i = 0; i < ARENA_UNDO; i++) arena->undo[i] = 0;
  arena->undo_lost = 0;
  __atomic_store_n(&arena->undo_pid, pid, __ATOMIC_RELEASE);
  return arena;
}

static bool try_change(uint64_t *entry, uint64_t now, uint64_t key, int adjustment) {
  uint64_t changed = adjustment == 0 ? 0 : key | (uint16_t)(int16_t)adjustment;
  return __atomic_compare_exchange_n(entry, &now, changed, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void adjust(struct arena *arena, uint64_t key, int by) {
  for (int pass = 0; pass < 2; pass++) /* first where it stands, then where there is room */
    for (int i = 0; i < ARENA_UNDO; i++) {
      uint64_t now = __atomic_load_n(&arena->undo[i], __ATOMIC_ACQUIRE);
      bool fits = pass == 0 ? now != 0 && KEY_OF(now) == key : now == 0;
      if (fits && try_change(&arena->undo[i], now, key, ADJUSTMENT(now) + by)) return;
    }
  arena->undo_lost = 1;
}

void undo_note(int id, const struct sembuf *operations, size_t count) {
  struct arena *arena = NULL;
  for (size_t i = 0; i < count; i++) {
    if ((operations[i].sem_flg & SEM_UNDO) == 0 || operations[i].sem_op == 0) continue;
    if (arena == NULL && (arena = own_arena()) == NULL) return;
    adjust(arena, KEY(id, operations[i].sem_num), -operations[i].sem_op);
  }
}

/* Who sets a value takes away what was to be undone. */
static void forget(int id, int number, bool all) {
  struct arena *arena = own_arena();
  for (int i = 0; arena != NULL && i < ARENA_UNDO; i++) {
    uint64_t now = __atomic_load_n(&arena->undo[i], __ATOMIC_ACQUIRE);
    if (now != 0 && (all ? now >> 32 == (uint32_t)id : KEY_OF(now) == KEY(id, number))) try_change(&arena->undo[i], now, 0, 0);
  }
}

void undo_forget_after(int id, int number, int command) {
  if (command == SETVAL || command == SETALL || command == IPC_RMID) forget(id, number, command != SETVAL);
}
