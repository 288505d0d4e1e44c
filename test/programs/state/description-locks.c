/* Locks that belong to an open file, not to a process: on parts, shared through fork, gone with the last descriptor. */
#include "file.h"
#include "process.h"

static int lock(int fd, short type, off_t start, off_t length) {
  return fcntl(fd, F_OFD_SETLK, &(struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length});
}

int main(void) {
  begin();
  const char *path = own_path("locked");
  int fd = file_with(path, "0123456789", 10), again = (int)must(open(path, O_RDWR));
  must(lock(fd, F_WRLCK, 0, 3));
  must(lock(fd, F_RDLCK, 5, 2));
  must(lock(again, F_RDLCK, 6, 0));
  pid_t child = (pid_t)must(fork());
  if (child == 0) for (;;) pause();
  close(fd);
  await_go();
  expect_errno(EAGAIN, lock(again, F_RDLCK, 2, 1));
  expect_errno(EAGAIN, lock(again, F_WRLCK, 5, 1));
  must(lock(again, F_RDLCK, 5, 1));
  must(lock(again, F_WRLCK, 3, 2));
  must(kill(child, SIGKILL));
  reap(child);
  must(lock(again, F_WRLCK, 0, 0));
  must(unlink(path));
  done();
}
