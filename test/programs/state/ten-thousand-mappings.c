/* Ten thousand mappings, every second one with contents. */
#include "memory.h"

int main(void) {
  begin();
  enum { COUNT = 10000 };
  char *memory = private_memory(COUNT * PAGE);
  for (unsigned long i = 0; i < COUNT; i += 2) {
    *(uint64_t *)(memory + i * PAGE) = mixed(i);
    must(mprotect(memory + i * PAGE, PAGE, PROT_READ));
  }
  await_go();
  for (unsigned long i = 0; i < COUNT; i++) {
    uint64_t got = *(uint64_t *)(memory + i * PAGE);
    expect("what a page has", i % 2 == 0 ? mixed(i) : 0, got);
  }
  expect_text("protection of one", "r--p", protection_at(memory + 5000 * PAGE));
  expect_text("protection of the next", "rw-p", protection_at(memory + 5001 * PAGE));
  must(madvise(memory + 4000 * PAGE, PAGE, MADV_DONTNEED));
  expect("a page given back", 0, *(uint64_t *)(memory + 4000 * PAGE));
  done();
}
