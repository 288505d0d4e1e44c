/* A terabyte reserved and islands of it in use, as the JVM and Go do: the islands are right, the sea can still be claimed. */
#include "memory.h"

#define RESERVED (1ul << 40)
enum { ISLANDS = 64 };

int main(void) {
  begin();
  char *sea = must_have(mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  size_t distance = RESERVED / ISLANDS;
  for (size_t i = 0; i < ISLANDS; i++) {
    must_zero(mprotect(sea + i * distance, 4 * PAGE, PROT_READ | PROT_WRITE));
    fill(sea + i * distance, 4 * PAGE, i);
  }
  await_go();
  for (size_t i = 0; i < ISLANDS; i++) {
    expect_filled("an island", sea + i * distance, 4 * PAGE, i);
    expect_text("protection of the sea", "---p", protection_at(sea + i * distance + 8 * PAGE));
    must_zero(mprotect(sea + i * distance, 8 * PAGE, PROT_READ | PROT_WRITE));
    expect_zeros("claimed land", sea + i * distance + 4 * PAGE, 4 * PAGE);
    expect_filled("an island beside it", sea + i * distance, 4 * PAGE, i);
  }
  expect_text("protection of the far end", "---p", protection_at(sea + RESERVED - PAGE));
  done();
}
