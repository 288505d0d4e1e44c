#include "preload/id-syscall.h"
#include "preload/proc.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>

long call_first_is_pid(const struct call *call) {
  long system = pid_argument((pid_t)call->a);
  if (system == -ESRCH && (pid_t)call->a > 0) return refused(system);
  struct call changed = *call;
  changed.a = system;
  return call_plain(&changed);
}

long call_tkill(const struct call *call) {
  return (pid_t)call->a > 0 ? call_first_is_pid(call) : refused(-EINVAL);
}

/* The sender stands in what is sent, as the caller knows itself. */
long call_queue_info(const struct call *call, bool thread) {
  siginfo_t info;
  const siginfo_t *given = (const siginfo_t *)(thread ? call->d : call->c);
  if (!readable(given, sizeof info)) return refused(-EFAULT);
  info = *given;
  long p = pid_argument((pid_t)call->a), t = thread ? pid_argument((pid_t)call->b) : 0;
  if ((p == -ESRCH && call->a > 0) || (t == -ESRCH && call->b > 0)) return refused(-ESRCH);
  long sender = pid_argument(info.si_pid);
  if (sender > 0) info.si_pid = (pid_t)sender;
  if (thread) return answer(raw4(call->number, p, t, call->c, &info));
  return answer(raw3(call->number, p, call->b, &info));
}

long call_fork_like(const struct call *call, uint64_t flags) {
  if (flags & CLONE_VM) self_shared++; /* for good: nobody tells when that child has gone */
  long result = call_plain(call);
  if (flags & CLONE_VM) return result;
  if (result == 0 && (flags & CLONE_NEWPID)) self_nested();
  else if (result == 0) self_forget();
  if (result <= 0) return result;
  pid_t shown = pid_claim((pid_t)result);
  return shown != 0 ? shown : result;
}

long call_clone3(const struct call *call) {
  const uint64_t *flags = (const uint64_t *)call->a; /* the first field */
  return readable(flags, sizeof *flags) ? call_fork_like(call, *flags) : refused(-EFAULT);
}

long call_compared(const struct call *call) {
  struct call changed = *call;
  changed.a = pid_argument((pid_t)call->a);
  changed.b = pid_argument((pid_t)call->b);
  return (changed.a == -ESRCH && call->a > 0) || (changed.b == -ESRCH && call->b > 0) ? refused(-ESRCH) : call_plain(&changed);
}

long call_watched(const struct call *call) {
  struct call changed = *call;
  bool cgroup = (call->e & PERF_FLAG_PID_CGROUP) != 0;
  if (!cgroup) changed.b = pid_argument((pid_t)call->b);
  return changed.b == -ESRCH && (pid_t)call->b > 0 ? refused(-ESRCH) : call_plain(&changed);
}

/* The kernel has just written there, if it could. */
long call_wait_for_signal(const struct call *call) {
  long number = call_plain(call);
  if (number > 0 && call->b != 0) siginfo_to_virtual((siginfo_t *)call->b);
  return number;
}

/* The kernel's timer is a number, and libc's is not. */
long call_timer_create(const struct call *call) {
  struct sigevent event;
  struct call changed = *call;
  if (call->b == 0 || !readable((const void *)call->b, sizeof event)) return call_plain(call);
  event = *(const struct sigevent *)call->b;
  if (event.sigev_notify != SIGEV_THREAD_ID) return call_plain(call);
  long system = pid_argument(event._sigev_un._tid);
  if (system < 0) return refused(-EINVAL);
  event._sigev_un._tid = (pid_t)system;
  changed.b = (long)&event;
  return call_plain(&changed);
}

long call_prioritised(const struct call *call, int first) {
  struct call changed = *call;
  int which = (int)call->a - first; /* 0 a process, 1 a group, 2 a user */
  if ((which == 0 || which == 1) && call->b != 0) changed.b = pid_wanted((pid_t)call->b, which == 1);
  return changed.b == -ESRCH ? refused(-ESRCH) : call_plain(&changed);
}

/* The C library has no function for it. What is to be found below a directory alone doesn't lead to another process by its name. */
long call_open_how(const struct call *call) {
  const struct open_how *how = (const struct open_how *)call->c;
  const char *path = (const char *)call->b;
  struct call changed = *call;
  char other[PROC_PATH];
  long fd = call_plain(call);
  if (fd < 0 && errno != ENOENT) return fd;
  bool confined = (how->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) != 0;
  if (!confined && proc_is_other((int)call->a, path, fd >= 0, other)) {
    if (fd >= 0) raw_close((int)fd);
    changed.a = AT_FDCWD;
    changed.b = (long)(path = other);
    fd = call_plain(&changed);
  }
  if (fd >= 0) proc_opened((int)fd, path, (int)how->flags);
  return fd;
}
