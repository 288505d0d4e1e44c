/* How processes are scheduled: idle, batch with a nice value, by turns with a priority; and what a child is not to inherit. */
#include "process.h"
#include <sched.h>
#include <sys/resource.h>

static void check(const char *what, pid_t pid, int policy, int priority, int nice) {
  struct sched_param parameter;
  expect(what, policy, must(sched_getscheduler(pid)));
  must(sched_getparam(pid, &parameter));
  expect("its priority", priority, parameter.sched_priority);
  expect("its nice value", nice, getpriority(PRIO_PROCESS, (id_t)pid));
}

int main(void) {
  begin();
  struct { int policy, priority, nice; } kinds[] = {{SCHED_IDLE, 0, 0}, {SCHED_BATCH, 0, 5}, {SCHED_RR, 3, 0}, {SCHED_FIFO | SCHED_RESET_ON_FORK, 2, 0}};
  pid_t pids[4];
  for (int i = 0; i < 4; i++) {
    pids[i] = (pid_t)must(fork());
    if (pids[i] == 0) {
      must(setpriority(PRIO_PROCESS, 0, kinds[i].nice));
      must(sched_setscheduler(0, kinds[i].policy, &(struct sched_param){kinds[i].priority}));
      for (;;) pause();
    }
    until_state(pids[i], pids[i], 'S');
  }
  await_go();
  check("the idle one", pids[0], SCHED_IDLE, 0, 0);
  check("the batch one", pids[1], SCHED_BATCH, 0, 5);
  check("one that takes turns", pids[2], SCHED_RR, 3, 0);
  check("one that is first", pids[3], SCHED_FIFO | SCHED_RESET_ON_FORK, 2, 0);
  for (int i = 0; i < 4; i++) {
    must(kill(pids[i], SIGKILL));
    reap(pids[i]);
  }
  done();
}
