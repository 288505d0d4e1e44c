/* A process whose children are to have a time of their own can't be part of a template. */
#include "process.h"
#include <sched.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

int main(void) {
  begin();
  must(unshare(CLONE_NEWTIME));
  int fd = (int)must(open("/proc/self/timens_offsets", O_WRONLY));
  must(dprintf(fd, "monotonic 5000000 0\n"));
  await_go();
  long long now = nanoseconds(CLOCK_MONOTONIC);
  pid_t child = (pid_t)must(fork());
  if (child == 0) _exit(nanoseconds(CLOCK_MONOTONIC) - now > 4000000 * 1000000000ll ? 0 : 1);
  expect("whether the child's clock is ahead", 0, reap(child));
  done();
}
