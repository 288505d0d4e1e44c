/* Regular files: position, append, flags of the description and of the descriptor, duplicates that share a position and opens that don't. */
#include "file.h"

int main(void) {
  begin();
  const char *path = own_path("regular");
  int fd = file_with(path, "0123456789", 10), twin = (int)must(dup(fd)), high = (int)must(fcntl(fd, F_DUPFD_CLOEXEC, 200));
  int apart = (int)must(open(path, O_RDONLY | O_NOATIME)), append = (int)must(open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_DSYNC));
  must(lseek(fd, 3, SEEK_SET));
  must(lseek(apart, 8, SEEK_SET));
  must(lseek(append, 1, SEEK_SET));
  int flags = (int)must(fcntl(append, F_GETFL)), flags_apart = (int)must(fcntl(apart, F_GETFL));
  await_go();
  expect("position", 3, must(lseek(fd, 0, SEEK_CUR)));
  expect("position of another open", 8, must(lseek(apart, 0, SEEK_CUR)));
  expect("number of a high descriptor", 200, high);
  expect("close-on-exec of the first", FD_CLOEXEC, must(fcntl(fd, F_GETFD)));
  expect("close-on-exec of the duplicate", 0, must(fcntl(twin, F_GETFD)));
  expect("close-on-exec of the high one", FD_CLOEXEC, must(fcntl(high, F_GETFD)));
  expect("flags of the appending one", flags, must(fcntl(append, F_GETFL)));
  expect("flags of the other open", flags_apart, must(fcntl(apart, F_GETFL)));
  expect_text("the bytes there", "34", next_text(twin, 2));
  expect("position shared by a duplicate", 5, must(lseek(high, 0, SEEK_CUR)));
  put(append, "end");
  expect_text("the rest for the other open", "89end", next_text(apart, 100));
  put(fd, "XY");
  expect_text("the file in the end", "01234XY789end", content(path));
  expect_errno(EBADF, read(append, (char[1]){0}, 1));
  must(unlink(path));
  done();
}
