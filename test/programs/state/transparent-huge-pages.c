/* Memory that may be of huge pages, a part of which is given back. */
#include "memory.h"

int main(void) {
  begin();
  char *area = private_memory(12 * MIB), *memory = (char *)(((uintptr_t)area + 2 * MIB - 1) & ~(2 * MIB - 1));
  madvise(memory, 8 * MIB, MADV_HUGEPAGE); /* a wish: refused where there are none */
  fill(memory, 8 * MIB, 1);
  await_go();
  expect_filled("what is in them", memory, 8 * MIB, 1);
  must(madvise(memory + 2 * MIB + 7 * PAGE, 3 * PAGE, MADV_DONTNEED));
  expect_zeros("what was given back", memory + 2 * MIB + 7 * PAGE, 3 * PAGE);
  expect_filled("what comes before", memory, 2 * MIB + 7 * PAGE, 1);
  expect_filled("what comes behind", memory + 2 * MIB + 10 * PAGE, PAGE, 1 + (2 * MIB + 10 * PAGE) / 8);
  done();
}
