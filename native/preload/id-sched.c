/* Priorities, processors, limits and clocks of a process or thread that is named by its id; 0 is the caller. The pthread_ functions need
 * nothing: libc keeps the system's thread id. */
#include "preload/ids.h"
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#define OTHER(pid)                                                            \
  long system = ids_on() ? pid_argument(pid) : (pid);                         \
  if (system == -ESRCH && (pid) > 0) return refused(system)

EXPORT int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param) {
  OTHER(pid);
  return NEXT(sched_setscheduler)((pid_t)system, policy, param);
}
EXPORT int __sched_setscheduler(pid_t pid, int policy, const struct sched_param *param) { return sched_setscheduler(pid, policy, param); }

EXPORT int sched_getscheduler(pid_t pid) {
  OTHER(pid);
  return NEXT(sched_getscheduler)((pid_t)system);
}
EXPORT int __sched_getscheduler(pid_t pid) { return sched_getscheduler(pid); }

EXPORT int sched_setparam(pid_t pid, const struct sched_param *param) {
  OTHER(pid);
  return NEXT(sched_setparam)((pid_t)system, param);
}

EXPORT int sched_getparam(pid_t pid, struct sched_param *param) {
  OTHER(pid);
  return NEXT(sched_getparam)((pid_t)system, param);
}
EXPORT int __sched_getparam(pid_t pid, struct sched_param *param) { return sched_getparam(pid, param); }

EXPORT int sched_rr_get_interval(pid_t pid, struct timespec *interval) {
  OTHER(pid);
  return NEXT(sched_rr_get_interval)((pid_t)system, interval);
}
EXPORT int __sched_rr_get_interval(pid_t pid, struct timespec *interval) { return sched_rr_get_interval(pid, interval); }

EXPORT int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set) {
  OTHER(pid);
  return NEXT(sched_setaffinity)((pid_t)system, size, set);
}

EXPORT int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
  OTHER(pid);
  return NEXT(sched_getaffinity)((pid_t)system, size, set);
}

/* `who` is a process, a group or a user. */
static long priority_of(int which, id_t who) {
  if (!ids_on() || who == 0 || which == PRIO_USER) return (long)who;
  return pid_wanted((pid_t)who, which == PRIO_PGRP);
}

EXPORT int getpriority(__priority_which_t which, id_t who) {
  long system = priority_of((int)which, who);
  return system == -ESRCH ? refused(system) : NEXT(getpriority)(which, (id_t)system);
}

EXPORT int setpriority(__priority_which_t which, id_t who, int priority) {
  long system = priority_of((int)which, who);
  return system == -ESRCH ? refused(system) : NEXT(setpriority)(which, (id_t)system, priority);
}

EXPORT int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *new, struct rlimit64 *old) {
  OTHER(pid);
  return NEXT(prlimit64)((pid_t)system, resource, new, old);
}
/* The two structures are the same on this machine. */
EXPORT int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *new, struct rlimit *old) {
  return prlimit64(pid, resource, (const struct rlimit64 *)new, (struct rlimit64 *)old);
}

EXPORT int clock_getcpuclockid(pid_t pid, clockid_t *clock) {
  long system = ids_on() ? pid_argument(pid) : pid;
  if (system == -ESRCH && pid > 0) return ESRCH;
  return NEXT(clock_getcpuclockid)((pid_t)system, clock);
}
EXPORT int __clock_getcpuclockid(pid_t pid, clockid_t *clock);
EXPORT int __clock_getcpuclockid(pid_t pid, clockid_t *clock) { return clock_getcpuclockid(pid, clock); }

EXPORT int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer) {
  if (!ids_on() || event == NULL || !readable(event, sizeof *event) || event->sigev_notify != SIGEV_THREAD_ID)
    return NEXT(timer_create)(clock, event, timer);
  struct sigevent changed = *event;
  long system = pid_wanted(event->_sigev_un._tid, false);
  if (system < 0) return refused(-EINVAL);
  changed._sigev_un._tid = (pid_t)system;
  return NEXT(timer_create)(clock, &changed, timer);
}
