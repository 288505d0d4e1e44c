/* Thirty generations, each the only child of the one before. */
#include "process.h"

int main(void) {
  begin();
  enum { DEPTH = 30 };
  struct channel down = channel(), up = channel();
  pid_t top = getpid(), first = 0;
  for (int depth = 0; depth < DEPTH; depth++) {
    pid_t parent = getpid(), child = (pid_t)must(fork());
    if (depth == 0) first = child;
    if (child != 0) {
      if (parent == top) break;
      _exit(reap(child) + 1);
    }
    expect("its parent", parent, getppid());
    if (depth + 1 < DEPTH) continue;
    close(down.to);
    tell(up, 1);
    hear(down);
    _exit(1);
  }
  hear(up);
  await_go();
  tell(down, 1);
  expect("generations that ended well", DEPTH, reap(first));
  done();
}
