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

void priority_reset(void) { priority_set(&(struct scheduling){.policy = SCHED_OTHER, .nice = nice_at_start}); }

#define RESET_ON_FORK 0x40000000u
#define FLAG_RESET_ON_FORK 1u
#define FLAG_UTIL_MIN 0x20u
#define FLAG_UTIL_MAX 0x40u
#define FULL_UTIL 1024u
#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

static uint32_t plain_policy(const struct scheduling *wanted) { return wanted->policy & ~RESET_ON_FORK; }

static int comes_first(const struct scheduling *wanted) {
  uint32_t policy = plain_policy(wanted);
  return policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE;
}

static void set_attributes(const struct scheduling *wanted) {
  struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; uint32_t util_min, util_max; } attributes = {
      .size = sizeof attributes, .policy = plain_policy(wanted), .flags = wanted->flags, .nice = wanted->nice, .priority = (uint32_t)wanted->priority,
      .runtime = wanted->runtime, .deadline = wanted->deadline, .period = wanted->period, .util_min = wanted->util_min, .util_max = wanted->util_max};
  if (wanted->policy & RESET_ON_FORK) attributes.flags |= FLAG_RESET_ON_FORK;
  if (wanted->util_min) attributes.flags |= FLAG_UTIL_MIN;
  if (wanted->util_max && wanted->util_max != FULL_UTIL) attributes.flags |= FLAG_UTIL_MAX;
  sys3(SYS_sched_setattr, 0, &attributes, 0);
}

static int is_plain(const struct scheduling *wanted) { return !wanted->runtime && !wanted->flags && !wanted->util_min && !wanted->util_max; }

void priority_claim(const struct scheduling *wanted) {
  if (wanted->nice != nice_at_start) sys3(SYS_setpriority, 0, 0, wanted->nice);
  if (comes_first(wanted)) set_attributes(wanted);
}

/* Real-time tasks have no timer slack, and it doesn't come back by itself when they stop being that. */
void priority_set(const struct scheduling *wanted) {
  if (comes_first(wanted)) return;
  if (wanted->nice != nice_at_start) sys3(SYS_setpriority, 0, 0, wanted->nice);
  if (!is_plain(wanted)) set_attributes(wanted);
  else if (raised || wanted->policy != SCHED_OTHER) sys3(SYS_sched_setscheduler, 0, wanted->policy, &wanted->priority);
  sys2(SYS_prctl, PR_SET_TIMERSLACK, wanted->timer_slack_ns ? wanted->timer_slack_ns : USUAL_SLACK);
}
