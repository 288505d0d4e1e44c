/* Huge pages that were asked for. */
#include "memory.h"

int main(void) {
  begin();
  char *memory = must_have(mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
  fill(memory, 4 * MIB, 1);
  await_go();
  expect_filled("what is in them", memory, 4 * MIB, 1);
  done();
}
