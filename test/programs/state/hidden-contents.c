/* Memory that may not be read keeps what is in it. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = private_memory(64 * PAGE);
  fill(memory, 64 * PAGE, 1);
  must(mprotect(memory, 64 * PAGE, PROT_NONE));
  must(mprotect(memory + 10 * PAGE, PAGE, PROT_WRITE));
  await_go();
  expect_text("its protection", "---p", protection_at(memory));
  expect_text("protection of what may only be written", "-w-p", protection_at(memory + 10 * PAGE));
  must(mprotect(memory, 64 * PAGE, PROT_READ));
  expect_filled("its contents", memory, 64 * PAGE, 1);
  done();
}
