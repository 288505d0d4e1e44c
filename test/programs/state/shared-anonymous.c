/* Shared anonymous memory: one and the same between parent and child, before and after. */
#include "memory.h"
#include "process.h"

int main(void) {
  begin();
  volatile uint64_t *shared = must_have(mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  struct channel down = channel(), up = channel();
  fill((void *)(shared + 512), 63 * PAGE, 1);
  shared[0] = 5193;
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    shared[1] = 7;
    tell(up, 1);
    if (hear(down) == -1) _exit(9);
    expect("the parent's word, in the child", 1234, shared[2]);
    expect_filled("shared memory, in the child", (void *)(shared + 512), 63 * PAGE, 1);
    shared[3] = 4321;
    fill((void *)(shared + 512), 63 * PAGE, 2);
    tell(up, 2);
    _exit(hear(down) == 3 ? 0 : 8);
  }
  hear(up);
  await_go();
  expect("a word of before", 5193, shared[0]);
  expect("the child's word of before", 7, shared[1]);
  expect_filled("shared memory", (void *)(shared + 512), 63 * PAGE, 1);
  shared[2] = 1234;
  tell(down, 1);
  expect("the child's answer", 2, hear(up));
  expect("the child's word", 4321, shared[3]);
  expect_filled("what the child wrote", (void *)(shared + 512), 63 * PAGE, 2);
  tell(down, 3);
  expect("how the child ended", 0, reap(child));
  must_zero(madvise((void *)(shared + 512), 63 * PAGE, MADV_DONTNEED));
  expect_filled("shared memory given back, which keeps its bytes", (void *)(shared + 512), 63 * PAGE, 2);
  done();
}
