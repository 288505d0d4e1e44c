/* A mapping that grows downwards by itself, as a stack does. */
#include "memory.h"

int main(void) {
  begin();
  char *room = must_have(mmap(NULL, 512 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  must(munmap(room, 512 * PAGE));
  char *memory = must_have(mmap(room + 500 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0));
  fill(memory, 4 * PAGE, 1);
  memory[-1] = 'x';
  await_go();
  expect_filled("what it had", memory, 4 * PAGE, 1);
  expect("what it has grown by", 'x', memory[-1]);
  memory[-(long)PAGE - 1] = 'y';
  memory[-2 * (long)PAGE - 1] = 'z';
  expect("what it grows by since", 'z', memory[-2 * (long)PAGE - 1]);
  done();
}
