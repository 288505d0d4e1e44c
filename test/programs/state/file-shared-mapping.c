/* A file mapped shared: what is written to memory is read from the file and the other way round, before and after. */
#include "file.h"
#include "memory.h"

int main(void) {
  begin();
  static char bytes[16 * PAGE];
  const char *path = own_path("shared");
  fill(bytes, sizeof bytes, 1);
  int fd = file_with(path, bytes, sizeof bytes);
  char *memory = must_have(mmap(NULL, sizeof bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  fill(memory + PAGE, PAGE, 2);
  await_go();
  expect_filled("pages not written", memory, PAGE, 1);
  expect_filled("a page written before", memory + PAGE, PAGE, 2);
  fill(memory + 2 * PAGE, PAGE, 3);
  expect("length read", 3 * PAGE, must(pread(fd, bytes, 3 * PAGE, 0)));
  expect_filled("a page written before, read from the file", bytes + PAGE, PAGE, 2);
  expect_filled("a page written since, read from the file", bytes + 2 * PAGE, PAGE, 3);
  fill(bytes, PAGE, 4);
  expect("length written", PAGE, must(pwrite(fd, bytes, PAGE, 3 * PAGE)));
  expect_filled("a page written to the file, in memory", memory + 3 * PAGE, PAGE, 4);
  int again = (int)must(open(path, O_RDONLY));
  expect("length read by its name", PAGE, must(pread(again, bytes, PAGE, 2 * PAGE)));
  expect_filled("a page written since, read by its name", bytes, PAGE, 3);
  must_zero(msync(memory, sizeof bytes, MS_SYNC));
  must(unlink(path));
  done();
}
