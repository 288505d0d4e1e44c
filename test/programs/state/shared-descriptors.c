/* Descriptors that a parent and its child have from before the fork share one position; those opened afterwards don't. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  const char *path = own_path("forked");
  int fd = file_with(path, "abcdefghij", 10);
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    int own = (int)must(open(path, O_RDONLY));
    must(lseek(own, 7, SEEK_SET));
    expect_text("the child's first bytes", "ab", next_text(fd, 2));
    tell(up, 1);
    if (hear(down) == -1) _exit(9);
    expect_text("bytes after the parent's", "ef", next_text(fd, 2));
    expect_text("bytes of the child's own open", "hi", next_text(own, 2));
    tell(up, 2);
    if (hear(down) == -1) _exit(9);
    expect("a flag that the parent set, in the child", O_APPEND, must(fcntl(fd, F_GETFL)) & O_APPEND);
    _exit(0);
  }
  hear(up);
  await_go();
  expect_text("bytes after the child's", "cd", next_text(fd, 2));
  tell(down, 1);
  expect("the child's answer", 2, hear(up));
  expect("the position that both share", 6, must(lseek(fd, 0, SEEK_CUR)));
  must(fcntl(fd, F_SETFL, O_APPEND));
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  must(unlink(path));
  done();
}
