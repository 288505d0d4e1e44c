/* Owners of descriptors, holders of locks. */
#include "check.h"
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(void) {
  int ends[2], owner = 0;
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0 && fcntl(ends[0], F_GETOWN) == getpid());
  CHECK(fcntl(ends[0], F_SETOWN, -getpgrp()) == 0 || getpgrp() == 0);
  CHECK(fcntl(ends[0], F_GETOWN) == -getpgrp());
  struct f_owner_ex extended = {F_OWNER_TID, gettid()}, told = {0};
  CHECK(fcntl(ends[0], F_SETOWN_EX, &extended) == 0 && fcntl(ends[0], F_GETOWN_EX, &told) == 0);
  CHECK(told.type == F_OWNER_TID && told.pid == gettid());
  owner = getpid();
  CHECK(ioctl(ends[0], FIOSETOWN, &owner) == 0 && (owner = 0, ioctl(ends[0], FIOGETOWN, &owner) == 0) && owner == getpid());
  FAILS(fcntl(ends[0], F_SETOWN, 0x3ffffffe), ESRCH);

  char path[] = "/tmp/vproc-lock-XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0 && unlink(path) == 0);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  CHECK(fcntl(file, F_SETLK, &lock) == 0);
  pid_t holder = getpid(), child = fork();
  if (child == 0) {
    struct flock asked = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fcntl(file, F_GETLK, &asked) == 0 && asked.l_type == F_WRLCK && asked.l_pid == holder);
    _exit(0);
  }
  expect_success(child);
  return done();
}
