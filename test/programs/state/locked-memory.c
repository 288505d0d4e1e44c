/* mlock'd memory stays locked and counted. */
#include "memory.h"

static long locked_kib(void) {
  FILE *status = must_have(fopen("/proc/self/status", "re"));
  char line[256];
  long kib = -1;
  while (fgets(line, sizeof line, status) != NULL) sscanf(line, "VmLck: %ld", &kib);
  fclose(status);
  return kib;
}

int main(void) {
  begin();
  char *memory = private_memory(64 * PAGE);
  fill(memory, 64 * PAGE, 1);
  must_zero(mlock(memory, 32 * PAGE));
  expect("KiB locked at first", 128, locked_kib());
  await_go();
  expect("KiB locked", 128, locked_kib());
  expect("whether it is marked as locked", true, has_vm_flag(memory, "lo"));
  expect("whether the rest is not", false, has_vm_flag(memory + 32 * PAGE, "lo"));
  expect_filled("locked memory", memory, 64 * PAGE, 1);
  must_zero(munlock(memory, 32 * PAGE));
  expect("KiB locked in the end", 0, locked_kib());
  done();
}
