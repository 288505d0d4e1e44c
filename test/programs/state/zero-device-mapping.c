/* Memory mapped from /dev/zero: private, and shared with a child. */
#include "memory.h"
#include "process.h"

int main(void) {
  begin();
  int fd = (int)must(open("/dev/zero", O_RDWR));
  char *own = must_have(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
  char *shared = must_have(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  fill(own, PAGE, 1);
  fill(shared, PAGE, 2);
  struct channel down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    hear(down);
    fill(own, PAGE, 3);
    fill(shared + PAGE, PAGE, 4);
    _exit(0);
  }
  await_go();
  expect_filled("what is private", own, PAGE, 1);
  expect_zeros("the rest of it", own + PAGE, 3 * PAGE);
  expect_filled("what is shared", shared, PAGE, 2);
  close(down.to);
  expect("how the child ended", 0, reap(child));
  expect_filled("what is private, once the child has changed its own", own, PAGE, 1);
  expect_filled("what the child wrote", shared + PAGE, PAGE, 4);
  must(madvise(own, PAGE, MADV_DONTNEED));
  expect_zeros("what is private, given back", own, PAGE);
  done();
}
