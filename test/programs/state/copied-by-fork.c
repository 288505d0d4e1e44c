/* Memory that a parent and its children have in common until one of them writes. */
#include "memory.h"
#include "process.h"

int main(void) {
  begin();
  enum { COUNT = 3 };
  char *memory = private_memory(MIB);
  fill(memory, MIB, 1);
  struct channel down = channel();
  pid_t children[COUNT];
  for (int i = 0; i < COUNT; i++) {
    children[i] = (pid_t)must(fork());
    if (children[i] != 0) continue;
    close(down.to);
    fill(memory + (i + 1) * 16 * PAGE, PAGE, 10 + (uint64_t)i);
    hear(down);
    expect_filled("what a child wrote before", memory + (i + 1) * 16 * PAGE, PAGE, 10 + (uint64_t)i);
    fill(memory, 16 * PAGE, 20);
    expect_filled("what it did not write", memory + 128 * PAGE, 128 * PAGE, 1 + 128 * PAGE / 8);
    _exit(0);
  }
  for (int i = 0; i < COUNT; i++) until_state(children[i], children[i], 'S');
  await_go();
  close(down.to);
  for (int i = 0; i < COUNT; i++) expect("how a child ended", 0, reap(children[i]));
  expect_filled("what the parent has", memory, MIB, 1);
  done();
}
