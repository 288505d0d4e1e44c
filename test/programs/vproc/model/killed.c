/* Real processes claim and give back the same few ids as fast as they can, and are killed wherever they are, hundreds of times. Afterwards no id
 * has two owners, and whoever claims next is served. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "shared/id-words.h"

enum { WORKERS = 3, KILLS = 400, IDS = 6, FIRST = 1000 };

static struct table *table;

static int owners(int system) {
  int found = 0;
  for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
    uint64_t word = ID_LOAD(&table->ids[slot]);
    found += id_same(word, ID_PID, system) && id_state(word) == ID_USED;
  }
  return found;
}

_Noreturn static void work(unsigned seed) {
  for (;;) {
    int system = FIRST + rand_r(&seed) % IDS;
    uint64_t word;
    bool made;
    int slot = id_claim(table->ids, ID_PID, system, 7, NULL, &word, &made);
    if (slot < 0) _exit(1);
    if (made) id_journal(table, (uint32_t)slot, word);
    if (rand_r(&seed) % 4 == 0) (void)ID_EXCHANGE(&table->ids[slot], word, id_restate(word, ID_GONE));
  }
}

static pid_t start(unsigned seed) {
  pid_t child = fork();
  if (child == 0) work(seed);
  return child;
}

int main(void) {
  table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (table == MAP_FAILED) return 1;
  pid_t workers[WORKERS];
  for (int i = 0; i < WORKERS; i++) workers[i] = start((unsigned)i);
  for (int kills = 0; kills < KILLS; kills++) {
    int i = kills % WORKERS, status;
    usleep(300);
    kill(workers[i], SIGKILL);
    if (waitpid(workers[i], &status, 0) < 0 || !WIFSIGNALED(status)) return printf("a worker ended by itself\n"), 1;
    workers[i] = start((unsigned)(100 + kills));
  }
  for (int i = 0; i < WORKERS; i++) {
    kill(workers[i], SIGKILL);
    waitpid(workers[i], NULL, 0);
  }
  for (int system = FIRST; system < FIRST + IDS; system++) {
    uint64_t word;
    bool made;
    if (owners(system) > 1) return printf("%d has two owners\n", system), 1;
    if (id_claim(table->ids, ID_PID, system, 7, NULL, &word, &made) < 0 || owners(system) != 1) return printf("%d is not served\n", system), 1;
  }
  if (table->journal_head == 0) return printf("nothing was claimed\n"), 1;
  puts("ok");
  return 0;
}
