/* The claim protocol of native/shared/id-words.h, run through every interleaving and every point where a process can be killed (explore.h).
 * Prints how many states there were for each scene; exits 1 with the trace of the first wrong one. */
#include <stdbool.h>
#include <stdint.h>
static uint64_t model_load(const uint64_t *at);
static bool model_exchange(uint64_t *at, uint64_t expected, uint64_t wanted);
#define ID_LOAD(at) model_load(at)
#define ID_EXCHANGE(at, expected, wanted) model_exchange((at), (expected), (wanted))
#define ID_WINDOW 3u
#define ID_SLOTS 4u
#include "shared/id-words.h"

enum { ACTORS = 3, PID = 77, OTHER = 5 };
enum kind { CLAIMS = 1, RELEASES, COLLECTS };
struct words { uint64_t of[ID_SLOTS]; };
#include "explore.h"

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
  if (self->kind == RELEASES) release(now->words.of);
  if (self->kind == COLLECTS) collect(now->words.of);
  if (self->kind == CLAIMS) self->slot = id_claim(now->words.of, ID_PID, PID, self->given, NULL, &self->word, &made);
}

static int count(const struct words *words, unsigned wanted) {
  int found = 0;
  for (uint32_t slot = 0; slot < ID_SLOTS; slot++)
    found += id_same(words->of[slot], ID_PID, PID) && id_state(words->of[slot]) == wanted;
  return found;
}

/* At every moment: one owner at most, and what was answered stands. The answers may differ in a cookie that one of them didn't know. */
static const char *judge(const struct state *state) {
  const struct actor *first = NULL;
  if (count(&state->words, ID_USED) > 1) return "two words are USED for one system id";
  for (int i = 0; i < ACTORS; i++) {
    const struct actor *actor = &state->actors[i];
    if (actor->kind != CLAIMS || actor->status != ENDED) continue;
    if (actor->slot < 0) continue; /* no room */
    uint32_t cookie = id_cookie_of(actor->word);
    if (actor->given != 0 && cookie != 0 && cookie != actor->given) return "an earlier process's id was given";
    if (first && (first->slot != actor->slot || id_turn(first->word) != id_turn(actor->word))) return "two virtual ids were given for one process";
    first = actor;
    uint64_t word = state->words.of[actor->slot];
    if (id_state(word) != ID_USED || !id_same(word, ID_PID, PID)) return "an id that was given is no longer there";
  }
  return NULL;
}

/* When all have ended or were killed, one more comes: it is served, whatever they left unfinished. */
static const char *judge_end(const struct state *state) {
  static struct state after;
  one_more(state, &after, CLAIMS, 0);
  if (wrong) return wrong;
  if (after.actors[0].slot < 0) return "no room is left after a kill";
  return count(&after.words, ID_USED) == 1 ? NULL : "the last claim was not served";
}

static void print_words(const struct words *words) {
  for (uint32_t slot = 0; slot < ID_SLOTS; slot++) fprintf(stderr, " %llx", (unsigned long long)words->of[slot]);
  fputc('\n', stderr);
}

#define WORD(state, turn, cookie, system) ((uint64_t)(state) << 62 | (uint64_t)ID_PID << 58 | (uint64_t)(turn) << 51 | (uint64_t)(cookie) << 32 | (system))

static struct words words_of(const struct scene *scene) { /* scenes are written from the first slot of the window on */
  struct words out;
  for (uint32_t i = 0; i < ID_SLOTS; i++) out.of[id_place(ID_PID, PID, i)] = scene->words[i];
  return out;
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
  for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
    struct words words = words_of(&scenes[i]);
    if (!play(&scenes[i], &words)) return 1;
  }
  return 0;
}
