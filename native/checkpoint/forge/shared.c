#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/text.h"
#include <linux/futex.h>
#include <time.h>

/* Waiting is done in slices, so that a wake-up that gets lost with a dying process costs a slice and not for ever. */
#define SLICE (50 * 1000000ll)

/* Whoever isn't woken looks again after a slice. */
void wake_all(uint32_t *word) { regardless(sys3(SYS_futex, word, FUTEX_WAKE, 0x7fffffff)); }

void wait_word(uint32_t *word, uint32_t value, int64_t nanoseconds) {
  struct timespec limit = {nanoseconds / NANOS, nanoseconds % NANOS};
  regardless(sys4(SYS_futex, word, FUTEX_WAIT, value, &limit));
}

int64_t now_ns(void) {
  struct timespec now = {0, 0};
  regardless(sys2(SYS_clock_gettime, CLOCK_MONOTONIC, &now)); /* every kernel has this clock */
  return now.tv_sec * NANOS + now.tv_nsec;
}

void count_up(uint32_t *counter, uint32_t expected) {
  if (__atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL) >= expected) wake_all(counter);
}

int wait_count(uint32_t *counter, uint32_t expected) {
  for (;;) {
    uint32_t seen = __atomic_load_n(counter, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&shared()->stage, __ATOMIC_ACQUIRE) == STAGE_FAILED) return -1;
    if (seen >= expected) return 0;
    if (forsaken()) return -1;
    wait_word(counter, seen, SLICE);
  }
}

static int finish_failure(long error, struct line *line) {
  struct shared *s = shared();
  put(line, ": ");
  put(line, error_words((int)-error));
  s->error = (int32_t)-error;
  __atomic_store_n(&s->failed, 2, __ATOMIC_RELEASE);
  __atomic_store_n(&s->stage, STAGE_FAILED, __ATOMIC_RELEASE);
  wake_all(&s->stage);
  wake_all(&s->ready);
  wake_all(&s->created);
  wake_all(&s->grouped);
  wake_all(&s->settled);
  return -1;
}

static int claim_failure(struct line *line, const char *operation) {
  uint32_t none = 0;
  if (!__atomic_compare_exchange_n(&shared()->failed, &none, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return -1;
  *line = line_in(shared()->text, sizeof shared()->text);
  put(line, operation);
  put_char(line, ' ');
  return 0;
}

int fail(long error, const char *operation, const char *operand) {
  struct line line;
  if (claim_failure(&line, operation) < 0) return -1;
  put(&line, operand);
  return finish_failure(error, &line);
}
int fail_at(long error, const char *operation, uint64_t address) {
  struct line line;
  if (claim_failure(&line, operation) < 0) return -1;
  put_hex(&line, address);
  return finish_failure(error, &line);
}
int fail_number(long error, const char *operation, int64_t number) {
  struct line line;
  if (claim_failure(&line, operation) < 0) return -1;
  put_number(&line, number);
  return finish_failure(error, &line);
}
