/* Memory from before grows in place and by moving: the old part is kept, the new part is zeros, not what lies behind it in an image. */
#include "memory.h"

int main(void) {
  begin();
  char *room = private_memory(128 * PAGE);
  must_zero(munmap(room + 32 * PAGE, 96 * PAGE));
  fill(room, 32 * PAGE, 1);
  char *behind = private_memory(32 * PAGE);
  fill(behind, 32 * PAGE, 9);
  char *moving = private_memory(32 * PAGE);
  char *wall = private_memory(PAGE);
  fill(moving, 32 * PAGE, 2);
  fill(wall, PAGE, 3);
  await_go();
  char *grown = mremap(room, 32 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
  must_have(grown);
  expect_filled("the old part", grown, 32 * PAGE, 1);
  expect_zeros("the new part", grown + 32 * PAGE, 32 * PAGE);
  fill(grown + 32 * PAGE, 32 * PAGE, 4);
  expect_filled("what was written to it", grown + 32 * PAGE, 32 * PAGE, 4);
  char *moved = mremap(moving, 32 * PAGE, 2048 * PAGE, MREMAP_MAYMOVE);
  must_have(moved);
  expect_filled("the old part that moved", moved, 32 * PAGE, 2);
  expect_zeros("the new part where it moved to", moved + 32 * PAGE, 2016 * PAGE);
  expect_filled("the neighbour", wall, PAGE, 3);
  expect_filled("the one behind", behind, 32 * PAGE, 9);
  done();
}
