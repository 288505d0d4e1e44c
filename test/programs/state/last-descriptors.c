/* The last descriptor numbers that the limit of open files allows, as valgrind keeps its own, in two processes. */
#include "file.h"
#include <sys/resource.h>

static void prove(int last, off_t from) {
  char got[4] = {0};
  expect("read at the last number", 3, pread(last, got, 3, from));
  expect_text("what it gave", from == 0 ? "012" : "345", got);
  expect("close-on-exec of the one before", FD_CLOEXEC, must(fcntl(last - 1, F_GETFD)));
  expect_errno(EBADF, fcntl(last - 2, F_GETFD));
  expect_errno(EMFILE, fcntl(last, F_DUPFD, last));
}

int main(void) {
  begin();
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  must(setrlimit(RLIMIT_NOFILE, &limit));
  int last = (int)limit.rlim_max - 1;
  const char *path = own_path("shared");
  int fd = file_with(path, "0123456789", 10);
  must(dup2(fd, last));
  must(dup3(fd, last - 1, O_CLOEXEC));
  close(fd);
  int ends[2];
  must(pipe(ends));
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    char byte;
    close(ends[1]);
    expect("the end of the pipe", 0, read(ends[0], &byte, 1)); // when its parent has proved its own
    prove(last, 3);
    _exit(0);
  }
  close(ends[0]);
  await_go();
  prove(last, 0);
  close(ends[1]);
  int status;
  must(waitpid(child, &status, 0));
  expect("the child's end", 0, status);
  must(unlink(path));
  done();
}
