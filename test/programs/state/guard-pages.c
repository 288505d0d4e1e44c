/* Pages that may not be touched between pages that may, and a stack with one below it. */
#include "memory.h"
#include <setjmp.h>

static sigjmp_buf back;
static void handler(int number) { siglongjmp(back, number); }
static int touch(volatile char *at) {
  int number = sigsetjmp(back, 1);
  if (number == 0) *at = 1;
  return number;
}

int main(void) {
  begin();
  enum { PAIRS = 64 };
  char *memory = private_memory(2 * PAIRS * PAGE);
  for (int i = 0; i < PAIRS; i++) {
    fill(memory + 2 * i * PAGE, PAGE, (uint64_t)i);
    must(mprotect(memory + (2 * i + 1) * PAGE, PAGE, PROT_NONE));
  }
  signal(SIGSEGV, handler);
  await_go();
  for (int i = 0; i < PAIRS; i++) {
    expect_filled("a page between", memory + 2 * i * PAGE, PAGE, (uint64_t)i);
    expect("what touching a guard gives", SIGSEGV, touch(memory + (2 * i + 1) * PAGE));
    expect("what touching a page gives", 0, touch(memory + 2 * i * PAGE));
  }
  done();
}
