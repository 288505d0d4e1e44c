/* Fifty children of one, each with its own pid and its own memory. */
#include "process.h"

int main(void) {
  begin();
  enum { COUNT = 50 };
  static pid_t children[COUNT];
  struct channel down = channel(), up = channel();
  static int own;
  for (int i = 0; i < COUNT; i++) {
    own = i;
    children[i] = (pid_t)must(fork());
    if (children[i] != 0) continue;
    close(down.to);
    tell(up, 1);
    hear(down);
    _exit(own);
  }
  for (int i = 0; i < COUNT; i++) hear(up);
  await_go();
  close(down.to);
  for (int i = COUNT; i-- > 0;) expect("how a child ended", i, reap(children[i]));
  expect_errno(ECHILD, waitpid(-1, NULL, 0));
  done();
}
