/* A process with a network of its own can't be part of a template. */
#include "process.h"
#include <sched.h>

int main(void) {
  begin();
  char before[64] = "", after[64] = "";
  must(readlink("/proc/self/ns/net", before, sizeof before - 1));
  must(unshare(CLONE_NEWNET));
  await_go();
  must(readlink("/proc/self/ns/net", after, sizeof after - 1));
  expect("whether it has a network of its own", true, strcmp(before, after) != 0);
  done();
}
