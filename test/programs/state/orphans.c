/* A grandchild whose parent has ended belongs to init, and still listens to us. */
#include "process.h"

int main(void) {
  begin();
  struct channel down = channel(), up = channel();
  pid_t middle = (pid_t)must(fork());
  if (middle == 0) {
    close(down.to);
    pid_t parent = getpid();
    if (must(fork()) > 0) _exit(0);
    while (getppid() == parent) nap(1);
    pid_t adopted_by = getppid();
    tell(up, 1);
    if (hear(down) == -1) _exit(9);
    expect("getppid of an orphan", adopted_by, getppid());
    tell(up, 2);
    _exit(0);
  }
  expect("how the one between ended", 0, reap(middle));
  expect("the orphan's first word", 1, hear(up));
  close(up.to);
  await_go();
  tell(down, 1);
  expect("the orphan's second word", 2, hear(up));
  expect("what comes after its end", -1, hear(up));
  expect_errno(ECHILD, waitpid(-1, NULL, 0));
  done();
}
