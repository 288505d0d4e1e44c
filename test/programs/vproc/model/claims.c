/* The claim protocol of native/shared/id-words.h, run through every interleaving and every point where a process can be killed. Each access to
 * a word is one step. A state is the words, and what each actor has seen so far, which determines where it stands: an actor is taken a step further by
 * running the real code again from its start, with the values that it saw before. States that were met before are not gone into again.
 * Prints how many there were for each scene; exits 1 with the trace of the first wrong one. */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdbool.h>
static uint64_t model_load(const uint64_t *at);
static bool model_exchange(uint64_t *at, uint64_t expected, uint64_t wanted);
#define ID_LOAD(at) model_load(at)
#define ID_EXCHANGE(at, expected, wanted) model_exchange((at), (expected), (wanted))
#define ID_WINDOW 3u
#define ID_SLOTS 4u
#include "shared/id-words.h"

enum { ACTORS = 3, SEEN = 120, PID = 77, OTHER = 5 };
enum kind { ABSENT, CLAIMS, RELEASES, COLLECTS };
enum status { RUNS, ENDED, KILLED };

struct actor { enum kind kind; uint32_t cookie; enum status status; int seen; uint64_t values[SEEN]; int slot; uint64_t word; };
struct state { uint64_t words[ID_SLOTS]; struct actor actors[ACTORS]; int kills; };
struct scene { const char *name; uint64_t words[ID_SLOTS]; enum kind kinds[ACTORS]; uint32_t cookies[ACTORS]; int kills; };

static struct state *now;
static struct actor *self;
static int replayed;
static bool stepped;
static jmp_buf paused;
static const char *wrong;

static bool may_step(uint64_t *value) {
  if (replayed < self->seen) {
    *value = self->values[replayed++];
    return false;
  }
  if (stepped) longjmp(paused, 1);
  stepped = true;
  if (self->seen == SEEN) wrong = "an actor does not come to an end";
  return true;
}

static uint64_t note(uint64_t value) {
  if (self->seen < SEEN) self->values[self->seen++] = value;
  replayed++;
  return value;
}

static uint64_t model_load(const uint64_t *at) {
  uint64_t value = 0;
  return may_step(&value) ? note(*at) : value;
}

static bool model_exchange(uint64_t *at, uint64_t expected, uint64_t wanted) {
  uint64_t value = 0;
  if (!may_step(&value)) return value != 0;
  bool same = *at == expected;
  if (same) *at = wanted;
  return note(same) != 0;
}

/* A stranger's id is given back: the window has room where it had none. */
static void release(uint64_t *words) {
  for (uint32_t slot = 0; slot < ID_SLOTS; slot++) {
    uint64_t word = ID_LOAD(&words[slot]);
    if (id_state(word) == ID_USED && id_system(word) == OTHER) (void)ID_EXCHANGE(&words[slot], word, id_restate(word, ID_GONE));
  }
}

/* The daemon takes away what is not finished. */
static void collect(uint64_t *words) {
  for (uint32_t slot = 0; slot < ID_SLOTS; slot++) {
    uint64_t word = ID_LOAD(&words[slot]);
    if (id_state(word) == ID_PENDING) (void)ID_EXCHANGE(&words[slot], word, id_emptied(word));
  }
}

static void act(void) {
  bool made;
  if (self->kind == RELEASES) release(now->words);
  if (self->kind == COLLECTS) collect(now->words);
  if (self->kind == CLAIMS) self->slot = id_claim(now->words, ID_PID, PID, self->cookie, NULL, &self->word, &made);
  self->status = ENDED;
}

static void step(struct state *state, int actor) {
  now = state;
  self = &state->actors[actor];
  replayed = 0;
  stepped = false;
  if (setjmp(paused) == 0) act();
}

static int count(const struct state *state, unsigned wanted) {
  int found = 0;
  for (uint32_t slot = 0; slot < ID_SLOTS; slot++)
    found += id_same(state->words[slot], ID_PID, PID) && id_state(state->words[slot]) == wanted;
  return found;
}

/* At every moment: one owner at most, and what was answered stands. The answers may differ in a cookie that one of them didn't know. */
static const char *judge(const struct state *state) {
  const struct actor *first = NULL;
  if (wrong) return wrong;
  if (count(state, ID_USED) > 1) return "two words are USED for one system id";
  for (int i = 0; i < ACTORS; i++) {
    const struct actor *actor = &state->actors[i];
    if (actor->kind != CLAIMS || actor->status != ENDED) continue;
    if (actor->slot < 0) continue; /* no room */
    uint32_t cookie = id_cookie_of(actor->word);
    if (actor->cookie != 0 && cookie != 0 && cookie != actor->cookie) return "an earlier process's id was given";
    if (first && (first->slot != actor->slot || id_turn(first->word) != id_turn(actor->word))) return "two virtual ids were given for one process";
    first = actor;
    uint64_t word = state->words[actor->slot];
    if (id_state(word) != ID_USED || !id_same(word, ID_PID, PID)) return "an id that was given is no longer there";
  }
  return NULL;
}

/* When all have ended or were killed, one more comes: it is served, whatever they left unfinished. */
static const char *judge_end(const struct state *state) {
  static struct state after;
  after = *state;
  after.actors[0] = (struct actor){.kind = CLAIMS};
  while (after.actors[0].status == RUNS && !wrong) step(&after, 0);
  if (wrong) return wrong;
  if (after.actors[0].slot < 0) return "no room is left after a kill";
  return count(&after, ID_USED) == 1 ? NULL : "the last claim was not served";
}

static uint64_t hash(const struct state *state, uint64_t seed) {
  const unsigned char *at = (const unsigned char *)state;
  for (size_t i = 0; i < sizeof *state; i += 8) {
    uint64_t part;
    memcpy(&part, at + i, 8);
    seed = (seed ^ part) * 0x9e3779b97f4a7c15ull;
    seed ^= seed >> 29;
  }
  return seed | 1;
}

#define MET (1u << 24)
static uint64_t (*met)[2];
static unsigned long states;

static bool is_new(const struct state *state) {
  uint64_t a = hash(state, 1), b = hash(state, 0x123456789abcdefull);
  for (uint32_t at = (uint32_t)a & (MET - 1);; at = (at + 1) & (MET - 1)) {
    if (met[at][0] == a && met[at][1] == b) return false;
    if (met[at][0] != 0) continue;
    met[at][0] = a;
    met[at][1] = b;
    if (++states == MET / 4 * 3) exit(3);
    return true;
  }
}

static bool explore(const struct state *state, int depth);

static bool follow(const struct state *next, int depth, const char *what, int actor) {
  const char *reason = judge(next);
  if (reason) fprintf(stderr, "%s\n", reason);
  if (!reason && explore(next, depth + 1)) return true;
  fprintf(stderr, "  %d: %s %d: %llx %llx %llx %llx\n", depth, what, actor, (unsigned long long)next->words[0], (unsigned long long)next->words[1],
          (unsigned long long)next->words[2], (unsigned long long)next->words[3]);
  return false;
}

static bool explore(const struct state *state, int depth) {
  bool any = false;
  if (!is_new(state)) return true;
  struct state *next = malloc(sizeof *next);
  for (int i = 0; i < ACTORS; i++) {
    if (state->actors[i].kind == ABSENT || state->actors[i].status != RUNS) continue;
    any = true;
    *next = *state;
    step(next, i);
    if (!follow(next, depth, "step of", i)) return false;
    if (state->kills == 0 || state->actors[i].seen == 0) continue;
    *next = *state;
    next->kills--;
    next->actors[i].status = KILLED;
    memset(next->actors[i].values, 0, sizeof next->actors[i].values);
    next->actors[i].seen = 0;
    if (!follow(next, depth, "kill of", i)) return false;
  }
  free(next);
  const char *reason = any ? NULL : judge_end(state);
  if (reason) fprintf(stderr, "%s\n", reason);
  return reason == NULL;
}

#define WORD(state, turn, cookie, system) ((uint64_t)(state) << 62 | (uint64_t)ID_PID << 58 | (uint64_t)(turn) << 51 | (uint64_t)(cookie) << 32 | (system))

static uint64_t words_of(const struct scene *scene, uint32_t slot) { /* scenes are written from the first slot of the window on */
  for (uint32_t i = 0; i < ID_SLOTS; i++)
    if (id_place(ID_PID, PID, i) == slot) return scene->words[i];
  return 0;
}

int main(void) {
  static const struct scene scenes[] = {
      {"parent and child", {0}, {CLAIMS, CLAIMS}, {9, 9}, 1},
      {"parent, child and another thread", {0}, {CLAIMS, CLAIMS, CLAIMS}, {9, 0, 9}, 0},
      {"room appears before the slot that was chosen", {WORD(ID_USED, 1, 0, OTHER)}, {CLAIMS, CLAIMS, RELEASES}, {9, 9}, 1},
      {"the number belonged to a process before", {WORD(ID_USED, 1, 3, PID), WORD(ID_GONE, 2, 3, OTHER)}, {CLAIMS, CLAIMS}, {9, 9}, 1},
      {"behind a stranger, the number's former word",
       {WORD(ID_USED, 1, 0, OTHER), WORD(ID_USED, 1, 3, PID)}, {CLAIMS, CLAIMS, RELEASES}, {9, 9}, 1},
      {"somebody was killed before he had finished", {WORD(ID_USED, 1, 0, OTHER), WORD(ID_PENDING, 1, 9, PID)}, {CLAIMS, CLAIMS, RELEASES}, {9, 9}, 0},
      {"while the daemon takes away", {0}, {CLAIMS, CLAIMS, COLLECTS}, {9, 9}, 1},
  };
  met = malloc(sizeof *met * MET);
  for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
    struct state *start = calloc(1, sizeof *start);
    memset(met, 0, sizeof *met * MET);
    states = 0;
    for (uint32_t slot = 0; slot < ID_SLOTS; slot++) start->words[slot] = words_of(&scenes[i], slot);
    for (int a = 0; a < ACTORS; a++) {
      start->actors[a].kind = scenes[i].kinds[a];
      start->actors[a].cookie = scenes[i].cookies[a];
    }
    start->kills = scenes[i].kills;
    if (!explore(start, 0)) {
      fprintf(stderr, "wrong: %s\n", scenes[i].name);
      return 1;
    }
    printf("%8lu states: %s\n", states, scenes[i].name);
    free(start);
  }
  return 0;
}
