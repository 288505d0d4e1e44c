/* Memory from before moves to a place of the caller's choice, whole and in part; the old place is free or, with DONTUNMAP, zeros. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = private_memory(48 * PAGE);
  char *place = must_have(mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  fill(memory, 48 * PAGE, 1);
  await_go();
  expect("where mremap moved the middle", (intptr_t)place, (intptr_t)mremap(memory + 16 * PAGE, 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place));
  expect_filled("what moved", place, 16 * PAGE, 1 + 16 * PAGE / 8);
  expect_text("protection where it was", "none", protection_at(memory + 16 * PAGE));
  expect_filled("the first third", memory, 16 * PAGE, 1);
  expect_filled("the last third", memory + 32 * PAGE, 16 * PAGE, 1 + 32 * PAGE / 8);
  char *beside = mremap(memory, 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  must_have(beside);
  expect_filled("what moved and left its place mapped", beside, 16 * PAGE, 1);
  expect_zeros("the place that it left", memory, 16 * PAGE);
  must_zero(madvise(place, 16 * PAGE, MADV_DONTNEED));
  expect_zeros("what moved, given back", place, 16 * PAGE);
  done();
}
