/* Who has said that it takes in its descendants' orphans does so, and an orphan from before is its child still. */
#include "process.h"
#include <sys/prctl.h>

static pid_t orphan_of(struct channel up, struct channel down) {
  pid_t parent = (pid_t)must(fork()), child = 0;
  if (parent == 0) {
    pid_t pid = (pid_t)must(fork());
    if (pid == 0) {
      close(down.to);
      hear(down);
      _exit(7);
    }
    must(write(up.to, &pid, sizeof pid));
    _exit(0);
  }
  must(read(up.from, &child, sizeof child));
  expect("how the one between ended", 0, reap(parent));
  return child;
}

int main(void) {
  begin();
  must(prctl(PR_SET_CHILD_SUBREAPER, 1));
  struct channel up = channel(), down = channel();
  pid_t before = orphan_of(up, down);
  await_go();
  pid_t since = orphan_of(up, down);
  close(down.to);
  expect("how the orphan from before ended", 7, reap(before));
  expect("how the one since ended", 7, reap(since));
  done();
}
