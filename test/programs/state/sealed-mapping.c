/* Memory whose mapping may never be changed again. */
#include "memory.h"
#include <sys/syscall.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

int main(void) {
  begin();
  char *memory = private_memory(4 * PAGE);
  fill(memory, 4 * PAGE, 1);
  must(mprotect(memory, 4 * PAGE, PROT_READ));
  must(syscall(SYS_mseal, memory, 4 * PAGE, 0));
  await_go();
  expect_filled("its contents", memory, 4 * PAGE, 1);
  expect_errno(EPERM, mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
  expect_errno(EPERM, munmap(memory, PAGE));
  done();
}
