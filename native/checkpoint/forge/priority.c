#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/priority.h"
#include <linux/prctl.h>
#include <sched.h>

#define USUAL_SLACK 50000

static int raised, nice_at_start;

void priority_raise(void) {
  int lowest = 1;
  nice_at_start = 20 - (int)sys2(SYS_getpriority, 0, 0); /* the kernel answers 20 - nice */
  raised = sys3(SYS_sched_setscheduler, 0, SCHED_FIFO, &lowest) >= 0;
}

void priority_reset(void) { priority_set(&(struct scheduling){SCHED_OTHER, 0, nice_at_start, 0}); }

/* Real-time tasks have no timer slack, and it doesn't come back by itself when they stop being that. */
void priority_set(const struct scheduling *wanted) {
  if (wanted->nice != nice_at_start) sys3(SYS_setpriority, 0, 0, wanted->nice);
  if (raised || wanted->policy != SCHED_OTHER) sys3(SYS_sched_setscheduler, 0, wanted->policy, &wanted->priority);
  sys2(SYS_prctl, PR_SET_TIMERSLACK, wanted->timer_slack_ns ? wanted->timer_slack_ns : USUAL_SLACK);
}
