/* What only root may claim, held by threads that have given up their rights since; and a task with a deadline. */
#include "process.h"
#include "scheduling.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { PLAIN_USER = 1000, FIRST_IO = 1 << 13 | 3, DEADLINE = 6, OF_THREAD = 1 };
static const struct attributes by_deadline = {sizeof by_deadline, DEADLINE, 0, 0, 0, 1000000, 50000000, 100000000, 0, 0};

static _Noreturn void rest(void) {
  must(setresgid(PLAIN_USER, PLAIN_USER, PLAIN_USER));
  must(setresuid(PLAIN_USER, PLAIN_USER, PLAIN_USER));
  for (;;) pause();
}

int main(void) {
  begin();
  pid_t turns = (pid_t)must(fork()), late = 0, nice = 0;
  if (turns == 0) {
    must(sched_setscheduler(0, SCHED_RR, &(struct sched_param){4}));
    must(syscall(SYS_ioprio_set, OF_THREAD, 0, FIRST_IO));
    rest();
  }
  if ((nice = (pid_t)must(fork())) == 0) {
    must(setpriority(PRIO_PROCESS, 0, -7));
    rest();
  }
  if ((late = (pid_t)must(fork())) == 0) {
    must(syscall(SYS_sched_setattr, 0, &by_deadline, 0));
    rest();
  }
  for (pid_t *pid = (pid_t[]){turns, nice, late, 0}; *pid; pid++) until_state(*pid, *pid, 'S');
  await_go();
  struct sched_param parameter;
  expect("how the first is scheduled", SCHED_RR, must(sched_getscheduler(turns)));
  must(sched_getparam(turns, &parameter));
  expect("its priority", 4, parameter.sched_priority);
  expect("its I/O priority", FIRST_IO, must(syscall(SYS_ioprio_get, OF_THREAD, turns)));
  expect("the other's nice value", -7, getpriority(PRIO_PROCESS, (id_t)nice));
  struct attributes now = {0};
  must(syscall(SYS_sched_getattr, late, &now, sizeof now, 0));
  expect("how the third is scheduled", DEADLINE, now.policy);
  expect("its time", (long long)by_deadline.runtime, now.runtime);
  expect("by when", (long long)by_deadline.deadline, now.deadline);
  expect("how often", (long long)by_deadline.period, now.period);
  for (pid_t *pid = (pid_t[]){turns, nice, late, 0}; *pid; pid++) {
    must(kill(*pid, SIGKILL));
    reap(*pid);
  }
  done();
}
