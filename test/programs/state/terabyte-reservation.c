/* A terabyte of reserved address space with a few pages in use, as runtimes with a collector have it. */
#include "memory.h"

#define TIB (1ul << 40)

int main(void) {
  begin();
  char *memory = must_have(mmap(NULL, TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  for (unsigned long i = 0; i < 8; i++) {
    must(mprotect(memory + i * (TIB / 8), 4 * PAGE, PROT_READ | PROT_WRITE));
    fill(memory + i * (TIB / 8) + PAGE, PAGE, i);
  }
  await_go();
  for (unsigned long i = 0; i < 8; i++) {
    char *part = memory + i * (TIB / 8);
    expect_filled("a page in use", part + PAGE, PAGE, i);
    expect_zeros("a page before it", part, PAGE);
    expect_text("protection of what is not in use", "---p", protection_at(part + 5 * PAGE));
  }
  must(mprotect(memory + TIB / 16, MIB, PROT_READ | PROT_WRITE));
  expect_zeros("what is put to use since", memory + TIB / 16, MIB);
  fill(memory + TIB / 16, MIB, 9);
  must(munmap(memory, TIB));
  done();
}
