/* realloc of blocks that the C library keeps in mappings of their own: grown, shrunk and grown again. */
#include "memory.h"

int main(void) {
  begin();
  uint64_t *block = must_have(malloc(8 * MIB));
  fill(block, 8 * MIB, 1);
  await_go();
  block = must_have(realloc(block, 64 * MIB));
  expect_filled("the block once it has grown", block, 8 * MIB, 1);
  fill(block, 64 * MIB, 2);
  block = must_have(realloc(block, 2 * MIB));
  expect_filled("the block once it has shrunk", block, 2 * MIB, 2);
  block = must_have(realloc(block, 16 * MIB));
  expect_filled("the block once it has grown again", block, 2 * MIB, 2);
  fill(block, 16 * MIB, 3);
  expect_filled("all of it", block, 16 * MIB, 3);
  free(block);
  uint64_t *fresh = must_have(calloc(1, 16 * MIB));
  expect_zeros("what calloc gives", fresh, 16 * MIB);
  done();
}
