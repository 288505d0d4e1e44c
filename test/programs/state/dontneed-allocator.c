/* Memory that the C library itself gives back: the free middle of its heap by malloc_trim. */
#include "memory.h"
#include <malloc.h>

enum { BLOCKS = 64, BLOCK = 64 * 1024 };

int main(void) {
  begin();
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  uint64_t *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) fill(blocks[i] = must_have(malloc(BLOCK)), BLOCK, (uint64_t)i);
  await_go();
  uintptr_t freed = ((uintptr_t)blocks[8] + 2 * PAGE) & ~(PAGE - 1);
  for (int i = 8; i < BLOCKS - 8; i++) free(blocks[i]);
  expect("whether malloc_trim gave memory back", 1, malloc_trim(0));
  expect_zeros("the heap that malloc_trim gave back", (void *)freed, (BLOCKS - 16 - 1) * BLOCK - 4 * PAGE);
  for (int i = 0; i < BLOCKS; i++)
    if (i < 8 || i >= BLOCKS - 8) expect_filled("a block that was kept", blocks[i], BLOCK, (uint64_t)i);
  for (int i = 8; i < BLOCKS - 8; i++) fill(blocks[i] = must_have(malloc(BLOCK)), BLOCK, (uint64_t)i);
  for (int i = 0; i < BLOCKS; i++) expect_filled("a block", blocks[i], BLOCK, (uint64_t)i);
  done();
}
