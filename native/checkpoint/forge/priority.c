#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/priority.h"
#include <linux/prctl.h>
#include <sched.h>

#define USUAL_SLACK 50000

static int raised, nice_at_start;

static void become_first(void) {
  int lowest = 1;
  raised = sys3(SYS_sched_setscheduler, 0, SCHED_FIFO, &lowest) >= 0;
}

void priority_raise(void) {
  nice_at_start = 20 - (int)sys2(SYS_getpriority, 0, 0); /* the kernel answers 20 - nice */
  become_first();
}

long priority_reset(void) { return priority_set(&(struct scheduling){.policy = SCHED_OTHER, .nice = nice_at_start}); }

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

static long set_attributes(const struct scheduling *wanted) {
  struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; uint32_t util_min, util_max; } attributes = {
      .size = sizeof attributes, .policy = plain_policy(wanted), .flags = wanted->flags, .nice = wanted->nice, .priority = (uint32_t)wanted->priority,
      .runtime = wanted->runtime, .deadline = wanted->deadline, .period = wanted->period, .util_min = wanted->util_min, .util_max = wanted->util_max};
  if (wanted->policy & RESET_ON_FORK) attributes.flags |= FLAG_RESET_ON_FORK;
  if (wanted->util_min) attributes.flags |= FLAG_UTIL_MIN;
  if (wanted->util_max && wanted->util_max != FULL_UTIL) attributes.flags |= FLAG_UTIL_MAX;
  return sys3(SYS_sched_setattr, 0, &attributes, 0);
}

static int is_plain(const struct scheduling *wanted) { return !wanted->runtime && !wanted->flags && !wanted->util_min && !wanted->util_max; }

/* To be nicer than the forge anybody may; to be less so is a right that this machine may refuse, which must not cost the clone. */
static long set_nice(const struct scheduling *wanted) {
  long r = wanted->nice == nice_at_start ? 0 : sys3(SYS_setpriority, 0, 0, wanted->nice);
  return r == -EPERM || r == -EACCES ? 0 : r;
}

/* For a moment: whoever had it once has it again when it is too late to say that it can't be had. */
static long try_unusual(const struct scheduling *wanted) {
  if (is_plain(wanted) && wanted->policy == SCHED_OTHER) return 0;
  long r = is_plain(wanted) ? sys3(SYS_sched_setscheduler, 0, wanted->policy, &wanted->priority) : set_attributes(wanted);
  if (r >= 0 && raised) become_first();
  return r;
}

long priority_claim(const struct scheduling *wanted) {
  long r = set_nice(wanted);
  if (r < 0) return r;
  return comes_first(wanted) ? set_attributes(wanted) : try_unusual(wanted);
}

/* Real-time tasks have no timer slack, and it doesn't come back by itself when they stop being that. */
static long set(const struct scheduling *wanted) {
  long r = set_nice(wanted);
  if (r >= 0 && !is_plain(wanted)) r = set_attributes(wanted);
  else if (r >= 0 && (raised || wanted->policy != SCHED_OTHER)) r = sys3(SYS_sched_setscheduler, 0, wanted->policy, &wanted->priority);
  return r < 0 ? r : sys2(SYS_prctl, PR_SET_TIMERSLACK, wanted->timer_slack_ns ? wanted->timer_slack_ns : USUAL_SLACK);
}

/* A failure of the moment would be one of an instance that has been told of. */
long priority_set(const struct scheduling *wanted) {
  enum { TRIES = 3 };
  long r = comes_first(wanted) ? 0 : set(wanted);
  for (int i = 1; r < 0 && i < TRIES; i++) r = set(wanted);
  return r;
}
