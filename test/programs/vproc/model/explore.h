/* Runs several actors over shared words through every interleaving and every point where one of them can be killed. Each access to a word is one
 * step. A state is the words, and what each actor has seen so far, which determines where it stands: an actor is taken a step further by running the
 * real code again from its start, with the values that it saw before. States that were met before are not gone into again.
 * Who includes this defines `struct words` and the number of ACTORS before, and the four functions that are declared here after. */
#ifndef VPROC_EXPLORE_H
#define VPROC_EXPLORE_H
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN = 120 };
enum status { RUNS, ENDED, KILLED };
enum { ABSENT = 0 }; /* of the kinds of actors */

/* `given`: what it claims with. `slot` and `word`: what it was answered. */
struct actor { int kind; uint32_t given; enum status status; int seen; uint64_t values[SEEN]; int slot; uint64_t word; };
struct state { struct words words; struct actor actors[ACTORS]; int kills; };
struct scene { const char *name; uint64_t words[4]; int kinds[ACTORS]; uint32_t given[ACTORS]; int kills; };

static struct state *now;
static struct actor *self;
static int replayed;
static bool stepped;
static jmp_buf paused;
static const char *wrong;

/* What `self` does with `now`, from its start to its end. */
static void act(void);
/* What is wrong at this moment; NULL: nothing. */
static const char *judge(const struct state *state);
/* The same when all have ended or were killed. */
static const char *judge_end(const struct state *state);
static void print_words(const struct words *words);

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

static void step(struct state *state, int actor) {
  now = state;
  self = &state->actors[actor];
  replayed = 0;
  stepped = false;
  if (setjmp(paused) != 0) return;
  act();
  self->status = ENDED;
}

/* One more comes when all have ended, in the place of the first: whether it is served is for judge_end() to say. */
static void one_more(const struct state *state, struct state *after, int kind, uint32_t given) {
  *after = *state;
  after->actors[0] = (struct actor){.kind = kind, .given = given};
  while (after->actors[0].status == RUNS && !wrong) step(after, 0);
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
  const char *reason = wrong != NULL ? wrong : judge(next);
  if (reason) fprintf(stderr, "%s\n", reason);
  if (!reason && explore(next, depth + 1)) return true;
  fprintf(stderr, "  %d: %s %d:", depth, what, actor);
  print_words(&next->words);
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

/* Prints how many states there were. False, and the trace of the first wrong one: the scene does not hold. */
static bool play(const struct scene *scene, const struct words *words) {
  struct state *start = calloc(1, sizeof *start);
  if (met == NULL) met = malloc(sizeof *met * MET);
  memset(met, 0, sizeof *met * MET);
  states = 0;
  start->words = *words;
  for (int a = 0; a < ACTORS; a++) {
    start->actors[a].kind = scene->kinds[a];
    start->actors[a].given = scene->given[a];
  }
  start->kills = scene->kills;
  bool right = explore(start, 0);
  if (right) printf("%8lu states: %s\n", states, scene->name);
  else fprintf(stderr, "wrong: %s\n", scene->name);
  free(start);
  return right;
}
#endif
