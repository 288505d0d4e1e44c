/* rseq: the kernel goes on telling each thread its processor, so that sched_getcpu is right in old threads and new ones. */
#include "thread.h"
#include <sched.h>
#include <sys/rseq.h>

static struct channel leave;

static const struct rseq *own_rseq(void) { return (const struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset); }
static void check_on_each_processor(void) {
  cpu_set_t all, one;
  must(sched_getaffinity(0, sizeof all, &all));
  if (__rseq_size > 0) expect("whether the area is registered", true, (int)own_rseq()->cpu_id >= 0);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &all)) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    must(sched_setaffinity(0, sizeof one, &one));
    unsigned by_kernel;
    must(syscall(SYS_getcpu, &by_kernel, NULL, NULL));
    expect("the processor by the kernel", cpu, by_kernel);
    expect("the processor by sched_getcpu", cpu, sched_getcpu());
    if (__rseq_size > 0) expect("the processor in the area", cpu, own_rseq()->cpu_id);
  }
  must(sched_setaffinity(0, sizeof all, &all));
}
static void wait_and_check(void *unused) {
  (void)unused;
  hear(leave);
  check_on_each_processor();
}

int main(void) {
  begin();
  leave = channel();
  struct sleeper old = {0}, fresh = {0};
  sleep_in(&old, wait_and_check, NULL);
  await_go();
  check_on_each_processor();
  tell(leave, 1);
  join(&old);
  sleep_in(&fresh, wait_and_check, NULL);
  tell(leave, 1);
  join(&fresh);
  done();
}
