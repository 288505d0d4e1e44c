/* 256 MiB of memory, every word of it right; then every 64th page written and right again. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = private_memory(256 * MIB);
  fill(memory, 256 * MIB, 7);
  await_go();
  expect_filled("256 MiB", memory, 256 * MIB, 7);
  for (size_t at = 0; at < 256 * MIB; at += 64 * PAGE) fill(memory + at, PAGE, at);
  for (size_t at = 0; at < 256 * MIB; at += 64 * PAGE) {
    expect_filled("a page written since", memory + at, PAGE, at);
    expect_filled("the pages after it", memory + at + PAGE, 63 * PAGE, 7 + (at + PAGE) / 8);
  }
  done();
}
