/* A removed file that is larger than all that an image may have beside memory. */
#include "file.h"

int main(void) {
  begin();
  const off_t size = 5ll << 30;
  const char *path = own_path("large");
  int fd = file_with(path, "at the start", 12);
  must(unlink(path));
  must(ftruncate(fd, size));
  await_go();
  struct stat about;
  must(fstat(fd, &about));
  expect("its size", size, about.st_size);
  expect_text("what is in it", "at the start", next_text(fd, 12));
  done();
}
