/* The processors that each thread may run on. */
#include "thread.h"
#include <sched.h>

static cpu_set_t only(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return set;
}
static void other_thread(void *gate) {
  cpu_set_t set = only(0);
  must(sched_setaffinity(0, sizeof set, &set));
  hear(*(struct channel *)gate);
}

int main(void) {
  begin();
  static struct sleeper thread;
  struct channel gate = channel();
  cpu_set_t before, now, first = only(0);
  must(sched_getaffinity(0, sizeof before, &before));
  sleep_in(&thread, other_thread, &gate);
  await_go();
  must(sched_getaffinity(0, sizeof now, &now));
  expect("whether the first thread has what it had", true, CPU_EQUAL(&before, &now));
  must(sched_getaffinity(thread.tid, sizeof now, &now));
  expect("whether the other has the first processor alone", true, CPU_EQUAL(&first, &now));
  tell(gate, 1);
  join(&thread);
  done();
}
