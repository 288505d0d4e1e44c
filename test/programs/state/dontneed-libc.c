/* Pages given back with madvise(MADV_DONTNEED) read as zeros, though a clone's memory is a mapping of a file that still has the old bytes. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = private_memory(64 * PAGE);
  fill(memory, 64 * PAGE, 1);
  await_go();
  must_zero(madvise(memory + 16 * PAGE, 32 * PAGE, MADV_DONTNEED));
  expect_zeros("the range given back", memory + 16 * PAGE, 32 * PAGE);
  expect_filled("the pages before it", memory, 16 * PAGE, 1);
  expect_filled("the pages after it", memory + 48 * PAGE, 16 * PAGE, 1 + 48 * PAGE / 8);
  fill(memory + 16 * PAGE, 32 * PAGE, 2);
  must_zero(madvise(memory + 20 * PAGE, PAGE, MADV_DONTNEED));
  expect_zeros("a page given back twice", memory + 20 * PAGE, PAGE);
  done();
}
