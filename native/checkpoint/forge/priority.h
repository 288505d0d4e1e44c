/* An order is short and somebody waits for it: the forge, its inits and what they make run before everything else until the
 * application takes over; on a busy machine each of half a dozen wake-ups would otherwise wait for somebody's time slice.
 * Without the right to, nothing changes. */
#ifndef FORGE_PRIORITY_H
#define FORGE_PRIORITY_H
#include <stdint.h>
void priority_raise(void);
/** The calling thread as the forge was started. 0 or the kernel's answer, as the others. */
long priority_reset(void);
struct scheduling {
  uint32_t policy; /* with SCHED_RESET_ON_FORK */
  int priority, nice;
  uint64_t timer_slack_ns; /* 0: the usual */
  uint64_t flags, runtime, deadline, period; /* as sched_setattr() takes them; 0: the usual */
  uint32_t util_min, util_max;
};
/** The calling thread scheduled like this. */
long priority_set(const struct scheduling *wanted);
/** As much of it as takes a right, which may be gone when the rest is done; and whether that can be had. */
long priority_claim(const struct scheduling *wanted);
#endif
