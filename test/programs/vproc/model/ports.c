/* The claim protocol of ports (native/shared/port-words.h), run through every interleaving and every point where a process can be killed (explore.h).
 * Prints how many states there were for each scene; exits 1 with the trace of the first wrong one. */
#include <stdbool.h>
#include <stdint.h>
static uint64_t model_load(const uint64_t *at);
static bool model_exchange(uint64_t *at, uint64_t expected, uint64_t wanted);
#define PORT_LOAD(at) model_load(at)
#define PORT_EXCHANGE(at, expected, wanted) model_exchange((at), (expected), (wanted))
#define PORT_SLOTS 3
#include "shared/port-words.h"

enum { ACTORS = 3, TCP = 1, PORT = 80, OTHER = 81, CLOSED = 0 /* the system port of one that nobody holds */ };
enum kind { CLAIMS = 1, CLAIMS_OTHER };
struct words { struct table_port of[PORT_SLOTS]; };
#include "explore.h"

static bool is_closed(const struct table_port *entry, uint64_t word) {
  (void)entry;
  return port_system(word) == CLOSED;
}

static void act(void) {
  uint16_t port = self->kind == CLAIMS ? PORT : OTHER;
  self->slot = port_take(now->words.of, TCP, port, (uint16_t)self->given, is_closed, &self->word);
}

static int count(const struct words *words, uint16_t port) {
  int found = 0;
  for (int i = 0; i < PORT_SLOTS; i++) found += port_same(words->of[i].word, TCP, port) && port_state(words->of[i].word) == ENTRY_USED;
  return found;
}

/* At every moment: one entry for a port at most; who was answered has the same one as all others, and it stands. */
static const char *judge(const struct state *state) {
  if (count(&state->words, PORT) > 1 || count(&state->words, OTHER) > 1) return "a port has two entries";
  for (int i = 0; i < ACTORS; i++) {
    const struct actor *actor = &state->actors[i];
    if (actor->kind == ABSENT || actor->status != ENDED || actor->slot < 0) continue;
    if (port_virtual(actor->word) != (actor->kind == CLAIMS ? PORT : OTHER)) return "the entry of another port was given";
    if (state->words.of[actor->slot].word != actor->word) return "an entry that was given is no longer there";
  }
  return NULL;
}

static const char *judge_end(const struct state *state) {
  static struct state after;
  one_more(state, &after, CLAIMS, 900);
  if (wrong) return wrong;
  if (after.actors[0].slot < 0) return "no room is left after a kill";
  return count(&after.words, PORT) == 1 ? NULL : "the last claim was not served";
}

static void print_words(const struct words *words) {
  for (int i = 0; i < PORT_SLOTS; i++) fprintf(stderr, " %llx", (unsigned long long)words->of[i].word);
  fputc('\n', stderr);
}

#define WORD(state, port, system) ((uint64_t)(state) << 56 | (uint64_t)TCP << 48 | 1ull << 32 | (uint64_t)(port) << 16 | (system))
#define OPEN(port) WORD(ENTRY_USED, port, 5000)
#define OLD(port) WORD(ENTRY_USED, port, CLOSED)

int main(void) {
  static const struct scene scenes[] = {
      {"two who want one port", {0}, {CLAIMS, CLAIMS}, {901, 902}, 1},
      {"three who want one port", {0}, {CLAIMS, CLAIMS, CLAIMS}, {901, 902, 903}, 0},
      {"two ports at once", {0}, {CLAIMS, CLAIMS_OTHER}, {901, 902}, 1},
      {"somebody was killed before he had finished", {OPEN(7), WORD(ENTRY_PENDING, PORT, 900)}, {CLAIMS, CLAIMS}, {901, 902}, 1},
      {"the table is full, and one is held by nobody", {OPEN(7), OLD(8), OPEN(9)}, {CLAIMS, CLAIMS}, {901, 902}, 1},
      {"it is full, and two are held by nobody", {OLD(7), OPEN(8), OLD(9)}, {CLAIMS, CLAIMS_OTHER}, {901, 902}, 1},
      {"it is full of what nobody holds", {OLD(7), OLD(8), OLD(9)}, {CLAIMS, CLAIMS_OTHER}, {901, 902}, 1},
      {"it is full, and somebody was killed before he had finished", {OPEN(7), WORD(ENTRY_PENDING, 8, 900), OPEN(9)}, {CLAIMS, CLAIMS}, {901, 902}, 1},
  };
  for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
    struct words words = {0};
    for (int slot = 0; slot < PORT_SLOTS; slot++) words.of[slot].word = scenes[i].words[slot];
    if (!play(&scenes[i], &words)) return 1;
  }
  return 0;
}
