/* A process that has said that it may not be looked into may not be looked into. */
#include "process.h"
#include <sys/prctl.h>

int main(void) {
  begin();
  must(prctl(PR_SET_DUMPABLE, 0));
  await_go();
  expect("whether it may", 0, must(prctl(PR_GET_DUMPABLE)));
  struct stat about;
  must(stat("/proc/self/stat", &about));
  expect("whose its /proc is", 0, about.st_uid);
  done();
}
