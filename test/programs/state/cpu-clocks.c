/* The processor time of a process and a thread is counted on from a sane value, and only while they work. */
#include "check.h"
#include <sys/resource.h>

int main(void) {
  begin();
  await_go();
  long long before = nanoseconds(CLOCK_PROCESS_CPUTIME_ID), own = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  if (before < 0 || before > 60 * 1000000000ll) fail("processor time expected under a minute got %lld ns\n", before);
  volatile unsigned long long work = 0;
  while (nanoseconds(CLOCK_THREAD_CPUTIME_ID) < own + 20000000) work++;
  long long used = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - before;
  if (used < 20000000 || used > 1000000000) fail("processor time used expected about 20 ms got %lld ns\n", used);
  struct rusage usage;
  must(getrusage(RUSAGE_SELF, &usage));
  done();
}
