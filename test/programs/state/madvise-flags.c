/* Advice stays with its memory: DONTFORK, DONTDUMP, huge pages wanted and not wanted, random and sequential. */
#include "memory.h"

static const struct { int advice; const char *flag; } kinds[] = {
  {MADV_DONTFORK, "dc"}, {MADV_DONTDUMP, "dd"}, {MADV_HUGEPAGE, "hg"}, {MADV_NOHUGEPAGE, "nh"}, {MADV_RANDOM, "rr"}, {MADV_SEQUENTIAL, "sr"},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

int main(void) {
  begin();
  char *areas[KINDS];
  for (int i = 0; i < KINDS; i++) {
    areas[i] = private_memory(16 * PAGE);
    fill(areas[i], 16 * PAGE, (uint64_t)i);
    must_zero(madvise(areas[i], 16 * PAGE, kinds[i].advice));
    expect(kinds[i].flag, true, has_vm_flag(areas[i], kinds[i].flag));
  }
  await_go();
  for (int i = 0; i < KINDS; i++) {
    expect(kinds[i].flag, true, has_vm_flag(areas[i], kinds[i].flag));
    expect_filled("memory with advice", areas[i], 16 * PAGE, (uint64_t)i);
  }
  done();
}
