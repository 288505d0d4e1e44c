/* All of a program's memory is locked, and all that it gets. */
#include "memory.h"

int main(void) {
  begin();
  char *before = private_memory(16 * PAGE);
  must(mlockall(MCL_CURRENT | MCL_FUTURE));
  fill(before, PAGE, 1);
  await_go();
  expect("whether what it had is locked", true, has_vm_flag(before, "lo"));
  expect_filled("what it had", before, PAGE, 1);
  char *since = private_memory(16 * PAGE);
  expect("whether what it gets is locked", true, has_vm_flag(since, "lo"));
  must(munlockall());
  expect("whether it is locked still", false, has_vm_flag(before, "lo"));
  done();
}
