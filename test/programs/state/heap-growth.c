/* The break is where it was and moves on: sbrk up and down, malloc of many sizes. */
#include "memory.h"

enum { BLOCKS = 2000 };

int main(void) {
  begin();
  char *low = must_have(sbrk(32 * (intptr_t)PAGE));
  fill(low, 32 * PAGE, 1);
  void *top = sbrk(0);
  uint64_t *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS / 2; i++) fill(blocks[i] = must_have(malloc(512 + (size_t)i * 8)), 512 + (size_t)i * 8, (uint64_t)i);
  void *breaks = sbrk(0);
  await_go();
  expect("the break", (intptr_t)breaks, (intptr_t)sbrk(0));
  expect_filled("the heap below the break", low, 32 * PAGE, 1);
  char *more = must_have(sbrk(256 * (intptr_t)PAGE));
  expect("where the break grew from", (intptr_t)breaks, (intptr_t)more);
  expect_zeros("what the break grew by", more, 256 * PAGE);
  fill(more, 256 * PAGE, 2);
  must_have(sbrk(-128 * (intptr_t)PAGE));
  must_have(sbrk(128 * (intptr_t)PAGE));
  expect_zeros("what the break grew by again", more + 128 * PAGE, 128 * PAGE);
  expect_filled("what stayed", more, 128 * PAGE, 2);
  for (int i = BLOCKS / 2; i < BLOCKS; i++) fill(blocks[i] = must_have(malloc(512 + (size_t)i * 8)), 512 + (size_t)i * 8, (uint64_t)i);
  for (int i = 0; i < BLOCKS; i++) expect_filled("a block", blocks[i], 512 + (size_t)i * 8, (uint64_t)i);
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  expect("whether the break is above what it was", true, sbrk(0) >= top);
  done();
}
