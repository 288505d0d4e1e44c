/* A child that is to be told when its parent ends is told, and by the signal that it has asked for. */
#include "process.h"
#include <sys/prctl.h>

static void handler(int number) { _exit(number); }

int main(void) {
  begin();
  must(prctl(PR_SET_CHILD_SUBREAPER, 1));
  struct channel down = channel(), up = channel();
  pid_t parent = (pid_t)must(fork());
  if (parent == 0) {
    pid_t child = (pid_t)must(fork());
    if (child == 0) {
      signal(SIGUSR2, handler);
      must(prctl(PR_SET_PDEATHSIG, SIGUSR2));
      must(write(up.to, &(pid_t){getpid()}, sizeof(pid_t)));
      for (;;) pause();
    }
    hear(down);
    _exit(0);
  }
  pid_t child = 0;
  must(read(up.from, &child, sizeof child));
  await_go();
  tell(down, 1);
  expect("how the parent ended", 0, reap(parent));
  expect("by what the child ended", SIGUSR2, reap(child));
  done();
}
