/* A tree three levels deep, two children each: every parent's pid is right, and the ends come up through all levels. */
#include "process.h"

static struct channel leave;

/* Exits with the number of processes at and below it. */
static int node(int level, pid_t parent) {
  pid_t children[2] = {0};
  pid_t self = getpid();
  int count = 1;
  for (int i = 0; level < 3 && i < 2; i++) {
    children[i] = (pid_t)must(fork());
    if (children[i] == 0) _exit(node(level + 1, self));
  }
  if (level == 0) await_go();
  else if (hear(leave) == -1) _exit(200);
  expect("getpid", self, getpid());
  expect("getppid", parent, getppid());
  if (level == 0)
    for (int i = 0; i < 14; i++) tell(leave, 1);
  for (int i = 0; i < 2; i++)
    if (children[i] != 0) count += reap(children[i]);
  return count;
}

int main(void) {
  begin();
  leave = channel();
  expect("processes that ended", 15, node(0, getppid()));
  done();
}
