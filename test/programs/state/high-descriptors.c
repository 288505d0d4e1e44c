/* Descriptors with high numbers, copies of one, and holes between them. */
#include "file.h"
#include <sys/resource.h>

int main(void) {
  begin();
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit));
  int high = limit.rlim_max >= 4096 ? 4000 : (int)limit.rlim_max - 10;
  must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)high + 10, limit.rlim_max}));
  const char *path = own_path("shared");
  int fd = file_with(path, "0123456789", 10);
  must(dup2(fd, high));
  must(dup3(fd, high - 100, O_CLOEXEC));
  close(fd);
  await_go();
  expect_errno(EBADF, fcntl(fd, F_GETFD));
  expect_text("through the high one", "012", next_text(high, 3));
  expect_text("through the other", "345", next_text(high - 100, 3));
  expect("close-on-exec of the other", FD_CLOEXEC, must(fcntl(high - 100, F_GETFD)));
  expect("close-on-exec of the high one", 0, must(fcntl(high, F_GETFD)));
  expect("the next number", fd, must(open("/dev/null", O_RDONLY)));
  must(unlink(path));
  done();
}
