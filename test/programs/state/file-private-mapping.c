/* A file mapped privately: pages not written show the file, pages written are the program's own and reach no file. */
#include "file.h"
#include "memory.h"
#include <sys/syscall.h>

int main(void) {
  begin();
  static char bytes[64 * PAGE];
  const char *path = own_path("mapped");
  fill(bytes, sizeof bytes, 1);
  int fd = file_with(path, bytes, sizeof bytes);
  char *memory = must_have(mmap(NULL, sizeof bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
  fill(memory + 4 * PAGE, 2 * PAGE, 2);
  fill(memory + 20 * PAGE, 30 * PAGE, 4);
  must_zero(mprotect(memory + 12 * PAGE, 4 * PAGE, PROT_READ));
  await_go();
  expect_filled("pages not written", memory, 4 * PAGE, 1);
  expect_filled("pages written before", memory + 4 * PAGE, 2 * PAGE, 2);
  expect_filled("pages behind them", memory + 6 * PAGE, 14 * PAGE, 1 + 6 * PAGE / 8);
  expect_filled("many pages written before", memory + 20 * PAGE, 30 * PAGE, 4);
  expect_text("protection of the last pages", "r--p", protection_at(memory + 13 * PAGE));
  fill(memory + 8 * PAGE, PAGE, 3);
  expect_filled("a page written since", memory + 8 * PAGE, PAGE, 3);
  must_zero(madvise(memory + 4 * PAGE, PAGE, MADV_DONTNEED));
  expect_filled("a written page given back, which shows the file again", memory + 4 * PAGE, PAGE, 1 + 4 * PAGE / 8);
  must_zero(madvise(memory + 19 * PAGE, 4 * PAGE, MADV_DONTNEED));
  expect_filled("some of many pages given back", memory + 19 * PAGE, 4 * PAGE, 1 + 19 * PAGE / 8);
  expect_filled("the rest of them", memory + 23 * PAGE, 27 * PAGE, 4 + 3 * PAGE / 8);
  fill(memory + 20 * PAGE, PAGE, 5);
  must(syscall(SYS_madvise, memory + 20 * PAGE, 4 * PAGE, MADV_DONTNEED));
  expect_filled("given back again, one not shown before", memory + 19 * PAGE, 5 * PAGE, 1 + 19 * PAGE / 8);
  expect_filled("the rest of them then", memory + 24 * PAGE, 26 * PAGE, 4 + 4 * PAGE / 8);
  expect_errno(EINVAL, madvise(memory + 30 * PAGE, PAGE, MADV_FREE));
  expect_filled("what could not be freed", memory + 30 * PAGE, PAGE, 4 + 10 * PAGE / 8);
  expect("length read", sizeof bytes, must(pread(fd, bytes, sizeof bytes, 0)));
  expect_filled("the file", bytes, sizeof bytes, 1);
  must(unlink(path));
  done();
}
