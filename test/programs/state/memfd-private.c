/* A file of memory that is mapped privately: written pages are the program's own, others follow the file. */
#include "memory.h"

int main(void) {
  begin();
  int fd = (int)must(memfd_create("shown", 0));
  must(ftruncate(fd, 64 * PAGE));
  char *shared = must_have(mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  char *own = must_have(mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
  fill(shared, 64 * PAGE, 1);
  fill(own + 2 * PAGE, PAGE, 2);
  fill(own + 20 * PAGE, 20 * PAGE, 3);
  await_go();
  expect_filled("the file", shared, 64 * PAGE, 1);
  expect_filled("a written page", own + 2 * PAGE, PAGE, 2);
  expect_filled("many written pages", own + 20 * PAGE, 20 * PAGE, 3);
  expect_filled("a page not written", own, PAGE, 1);
  fill(shared + 50 * PAGE, PAGE, 4);
  expect_filled("a page not written, once the file has changed", own + 50 * PAGE, PAGE, 4);
  fill(shared + 20 * PAGE, PAGE, 5);
  must(madvise(own + 20 * PAGE, PAGE, MADV_DONTNEED));
  expect_filled("a written page given back, once the file has changed", own + 20 * PAGE, PAGE, 5);
  done();
}
