/* Locks on files: flock, POSIX record locks and those of open descriptions; held by a child, they keep us out until it ends. */
#include "file.h"
#include "process.h"
#include <sys/file.h>

static struct flock range(short type, long start, long length) {
  return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

int main(void) {
  begin();
  const char *path = own_path("locked");
  int fd = file_with(path, "0123456789", 10);
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    int own = (int)must(open(path, O_RDWR));
    struct flock records = range(F_WRLCK, 2, 3), description = range(F_RDLCK, 6, 2);
    must(flock(own, LOCK_EX));
    must(fcntl(own, F_SETLK, &records));
    must(fcntl(own, F_OFD_SETLK, &description));
    tell(up, 1);
    if (hear(down) == -1) _exit(9);
    must(fcntl(own, F_SETLK, &records));
    _exit(0);
  }
  hear(up);
  await_go();
  expect_errno(EWOULDBLOCK, flock(fd, LOCK_EX | LOCK_NB));
  struct flock probe = range(F_WRLCK, 0, 6);
  must(fcntl(fd, F_GETLK, &probe));
  expect("what is in the way", F_WRLCK, probe.l_type);
  expect("whose lock it is", child, probe.l_pid);
  expect("where it starts", 2, probe.l_start);
  expect("how long it is", 3, probe.l_len);
  probe = range(F_WRLCK, 6, 2);
  must(fcntl(fd, F_GETLK, &probe));
  expect("what is in the way of a writer", F_RDLCK, probe.l_type);
  probe = range(F_RDLCK, 6, 2);
  must(fcntl(fd, F_GETLK, &probe));
  expect("what is in the way of a reader", F_UNLCK, probe.l_type);
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  must(flock(fd, LOCK_EX | LOCK_NB));
  struct flock all = range(F_WRLCK, 0, 0);
  must(fcntl(fd, F_SETLK, &all));
  must(unlink(path));
  done();
}
