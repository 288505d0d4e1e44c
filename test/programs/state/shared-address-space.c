/* Two processes with one memory can't be part of a template. */
#include "process.h"
#include <sched.h>

static _Atomic int word;
static char stack[65536] __attribute__((aligned(16)));
static int work(void *nothing) {
  (void)nothing;
  while (word == 0) nap(1);
  word = 2;
  return 0;
}

int main(void) {
  begin();
  pid_t child = (pid_t)must(clone(work, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL));
  await_go();
  word = 1;
  expect("how the child ended", 0, reap(child));
  expect("what it wrote", 2, word);
  done();
}
