/* Memory that the program has given a name to. */
#include "file.h"
#include "memory.h"
#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

int main(void) {
  begin();
  char *memory = private_memory(16 * PAGE), *other = private_memory(16 * PAGE);
  must(mprotect(other + 4 * PAGE, 4 * PAGE, PROT_READ));
  bool named = prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, memory, 16 * PAGE, "my heap") == 0;
  fill(memory, 4 * PAGE, 1);
  await_go();
  if (named) expect_text("its name", "[anon:my heap]", mapped_file(memory));
  if (named) expect_text("its name further on", "[anon:my heap]", mapped_file(memory + 15 * PAGE));
  expect_filled("its contents", memory, 4 * PAGE, 1);
  expect_zeros("the rest", memory + 4 * PAGE, 12 * PAGE);
  done();
}
