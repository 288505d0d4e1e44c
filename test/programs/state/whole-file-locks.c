/* flock: held alone, held together, held by a child through its parent's descriptor; an owner's end gives it back. */
#include "file.h"
#include "process.h"
#include <sys/file.h>

int main(void) {
  begin();
  const char *alone_path = own_path("alone"), *together_path = own_path("together"), *inherited_path = own_path("inherited");
  int alone = file_with(alone_path, "", 0), together = file_with(together_path, "", 0), inherited = file_with(inherited_path, "", 0);
  must(flock(alone, LOCK_EX));
  must(flock(together, LOCK_SH));
  must(flock(inherited, LOCK_EX));
  struct channel down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    hear(down);
    _exit(0);
  }
  close(inherited);
  await_go();
  int other = (int)must(open(alone_path, O_RDONLY));
  expect_errno(EWOULDBLOCK, flock(other, LOCK_SH | LOCK_NB));
  close(other);
  other = (int)must(open(together_path, O_RDONLY));
  must(flock(other, LOCK_SH | LOCK_NB));
  expect_errno(EWOULDBLOCK, flock(other, LOCK_EX | LOCK_NB));
  close(other);
  other = (int)must(open(inherited_path, O_RDONLY));
  expect_errno(EWOULDBLOCK, flock(other, LOCK_SH | LOCK_NB));
  close(down.to);
  expect("how the child ended", 0, reap(child));
  must(flock(other, LOCK_EX | LOCK_NB));
  must(flock(alone, LOCK_UN));
  must(unlink(alone_path));
  must(unlink(together_path));
  must(unlink(inherited_path));
  done();
}
