/* Two processes with one memory, none of which is the other's parent. */
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
  struct channel told = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    pid_t sibling = (pid_t)must(clone(work, stack + sizeof stack, CLONE_VM | CLONE_PARENT | SIGCHLD, NULL));
    must(write(told.to, &sibling, sizeof sibling));
    sigset_t go;
    sigemptyset(&go);
    sigaddset(&go, SIGUSR1);
    must(sigwaitinfo(&go, NULL));
    word = 1;
    while (word == 1) nap(1);
    _exit(word);
  }
  pid_t sibling;
  expect("bytes of its number", sizeof sibling, must(read(told.from, &sibling, sizeof sibling)));
  await_go();
  must(kill(child, SIGUSR1));
  expect("what the child saw its sibling write", 2, reap(child));
  expect("how the sibling ended", 0, reap(sibling));
  done();
}
