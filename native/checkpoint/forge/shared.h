/* The one page that all processes of an instance share while it is made: the barrier and the first failure. */
#ifndef FORGE_SHARED_H
#define FORGE_SHARED_H
#include "checkpoint/forge/layout.h"
#include <stdint.h>

/* HELD: all are in synchronized wait, and stay there until somebody wants the instance. STOPPING: processes that were stopped have left it, the
 * others leave it once those stand still. */
enum stage { STAGE_MAKING = 0, STAGE_RESUMED = 1, STAGE_FAILED = 2, STAGE_HELD = 3, STAGE_STOPPING = 4 };

struct shared {
  uint32_t stage;            /* enum stage; futex: waited for in synchronized_wait() */
  uint32_t created;          /* processes that exist; futex once all do */
  uint32_t created_expected;
  uint32_t grouped;          /* processes that have joined their process group */
  uint32_t ready;            /* threads in synchronized wait; futex for the init */
  uint32_t ready_expected;
  uint32_t settled;          /* threads that have nothing left to do that could fail; futex for the init */
  uint32_t settled_expected;
  uint32_t stopping_expected; /* of those, threads of processes that are to stop: they come first */
  uint32_t left;             /* processes that need nothing of the init any more */
  uint32_t failed;           /* 0, 1 = somebody is writing, 2 = text is complete */
  int32_t error;
  char text[1024];
};
static inline struct shared *shared(void) { return (struct shared *)SHARED_AT; }

/** Records the first failure as "OPERATION OPERAND: words", wakes everybody who waits, and returns -1. `error` is the
 *  kernel's negative answer. Later failures only repeat the first one's consequences and are dropped. */
int fail(long error, const char *operation, const char *operand);
int fail_at(long error, const char *operation, uint64_t address);
int fail_number(long error, const char *operation, int64_t number);

/** Adds one to `*counter`, and wakes its waiters when it reaches `expected`. */
void count_up(uint32_t *counter, uint32_t expected);
/** Waits until `*counter` is `expected`: 0, or -1 as soon as anything has failed. */
int wait_count(uint32_t *counter, uint32_t expected);
void wake_all(uint32_t *word);
/** Waits while `*word` is `value`, at most `nanoseconds`. */
void wait_word(uint32_t *word, uint32_t value, int64_t nanoseconds);
int64_t now_ns(void);
#endif
