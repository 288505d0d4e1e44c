/* Memory from before shrinks, and grows again into zeros. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = private_memory(64 * PAGE);
  fill(memory, 64 * PAGE, 1);
  await_go();
  expect("where it is after shrinking", (intptr_t)memory, (intptr_t)mremap(memory, 64 * PAGE, 16 * PAGE, 0));
  expect_text("protection behind it", "none", protection_at(memory + 16 * PAGE));
  expect_filled("what is left", memory, 16 * PAGE, 1);
  expect("where it is after growing", (intptr_t)memory, (intptr_t)mremap(memory, 16 * PAGE, 64 * PAGE, 0));
  expect_filled("what was left", memory, 16 * PAGE, 1);
  expect_zeros("what came back", memory + 16 * PAGE, 48 * PAGE);
  done();
}
