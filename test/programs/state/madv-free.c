/* MADV_FREE works on memory from before: each page is then as it was or zeros, and what is written afterwards stays. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = private_memory(32 * PAGE);
  fill(memory, 32 * PAGE, 1);
  await_go();
  must_zero(madvise(memory, 24 * PAGE, MADV_FREE));
  for (size_t page = 0; page < 24; page++) {
    char *at = memory + page * PAGE;
    if (not_zero(at, PAGE) != -1) expect_filled("a page that isn't zeros", at, PAGE, 1 + page * PAGE / 8);
  }
  fill(memory, 24 * PAGE, 2);
  expect_filled("what was written afterwards", memory, 24 * PAGE, 2);
  expect_filled("the rest", memory + 24 * PAGE, 8 * PAGE, 1 + 24 * PAGE / 8);
  done();
}
