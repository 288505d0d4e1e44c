/* MADV_WIPEONFORK: kept where it was set before, accepted afterwards; a child sees zeros, its parent what it wrote. A clone is a fork
 * too: it starts with zeros there. What was committed keeps its bytes, and what is put away and brought back is the same process, with them. */
#include "memory.h"
#include "process.h"

int main(void) {
  begin();
  char *before = private_memory(8 * PAGE), *after = private_memory(8 * PAGE);
  fill(before, 8 * PAGE, 1);
  fill(after, 8 * PAGE, 2);
  must_zero(madvise(before, 8 * PAGE, MADV_WIPEONFORK));
  const char *generation = getenv("APPSHOT_GENERATION");
  char first[32] = "";
  if (generation != NULL) snprintf(first, sizeof first, "%s", generation);
  await_go();
  generation = getenv("APPSHOT_GENERATION");
  if (generation == NULL || strcmp(first, generation) == 0) expect_filled("memory that is wiped on fork", before, 8 * PAGE, 1);
  else expect_zeros("memory that is wiped on fork, in a clone", before, 8 * PAGE);
  expect("whether it is still marked", true, has_vm_flag(before, "wf"));
  fill(before, 8 * PAGE, 1);
  must_zero(madvise(after, 8 * PAGE, MADV_WIPEONFORK));
  expect_filled("memory that is wiped on fork from now on", after, 8 * PAGE, 2);
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    expect_zeros("what was marked before, in the child", before, 8 * PAGE);
    expect_zeros("what was marked afterwards, in the child", after, 8 * PAGE);
    _exit(0);
  }
  expect("how the child ended", 0, reap(child));
  expect_filled("the parent's own", before, 8 * PAGE, 1);
  must_zero(madvise(after, 8 * PAGE, MADV_KEEPONFORK));
  child = (pid_t)must(fork());
  if (child == 0) {
    expect_filled("what is kept on fork again", after, 8 * PAGE, 2);
    _exit(0);
  }
  expect("how the second child ended", 0, reap(child));
  done();
}
