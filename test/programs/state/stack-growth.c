/* The main stack goes on growing by itself: 6 MiB deep, far beyond where it had been, with the old frames right. */
#include "memory.h"

static __attribute__((noinline)) uint64_t descend(unsigned depth) {
  volatile uint64_t frame[512];
  for (unsigned i = 0; i < 512; i++) frame[i] = mixed(depth * 512ull + i);
  uint64_t below = depth == 0 ? 0 : descend(depth - 1);
  for (unsigned i = 0; i < 512; i++)
    if (frame[i] != mixed(depth * 512ull + i)) fail("frame at depth %u expected its own bytes got others\n", depth);
  return below + frame[0];
}

int main(void) {
  begin();
  char old[16 * PAGE];
  fill(old, sizeof old, 5);
  await_go();
  expect_filled("an old frame", old, sizeof old, 5);
  descend(1500);
  expect_filled("an old frame, afterwards", old, sizeof old, 5);
  expect("whether the stack still grows down", true, has_vm_flag(old, "gd"));
  done();
}
