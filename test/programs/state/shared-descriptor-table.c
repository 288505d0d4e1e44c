/* Two processes with one table of descriptors: what one opens the other has. */
#include "process.h"
#include <sched.h>

static char stack[65536] __attribute__((aligned(16)));
static struct channel order, answer;
static int work(void *nothing) {
  (void)nothing;
  hear(order);
  tell((struct channel){.to = (int)must(dup(answer.to))}, 'x');
  return 0;
}

int main(void) {
  begin();
  order = channel();
  answer = channel();
  pid_t child = (pid_t)must(clone(work, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL));
  await_go();
  int next = (int)must(dup(0));
  must(close(next));
  tell(order, 1);
  expect("how the child ended", 0, reap(child));
  expect("what it said", 'x', hear(answer));
  expect("a descriptor that the child opened", next, must(fcntl(next, F_GETFD)) + next);
  done();
}
