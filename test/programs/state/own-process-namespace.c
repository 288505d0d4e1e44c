/* A process whose children are to live in a namespace of their own, and that has none yet, can't be part of a template. */
#include "process.h"
#include <sched.h>

int main(void) {
  begin();
  must(unshare(CLONE_NEWPID));
  await_go();
  pid_t child = (pid_t)must(fork());
  if (child == 0) _exit(getpid() == 1 ? 0 : 1);
  expect("whether the child is the first of its namespace", 0, reap(child));
  done();
}
