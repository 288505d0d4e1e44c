/* 6,000 mappings that the kernel can't merge: pages in turn readable, writable and neither. */
#include "memory.h"

enum { COUNT = 6000 };

int main(void) {
  begin();
  char *memory = private_memory(COUNT * PAGE);
  for (size_t i = 0; i < COUNT; i++) {
    fill(memory + i * PAGE, PAGE, i);
    if (i % 2 == 0) must_zero(mprotect(memory + i * PAGE, PAGE, i % 4 == 0 ? PROT_READ : PROT_NONE));
  }
  await_go();
  for (size_t i = 0; i < COUNT; i += 500) {
    const char *column = i % 4 == 0 ? "r--p" : "---p";
    expect_text("protection", column, protection_at(memory + i * PAGE));
    expect_text("protection of the next", "rw-p", protection_at(memory + (i + 1) * PAGE));
  }
  must_zero(mprotect(memory, COUNT * PAGE, PROT_READ | PROT_WRITE));
  for (size_t i = 0; i < COUNT; i++) expect_filled("a page", memory + i * PAGE, PAGE, i);
  done();
}
