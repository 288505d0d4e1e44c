/* What a tracer names and is told: the traced, the children that they make, and who sent what they get. */
#include "preload/ids.h"
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ptrace.h>

/* The event that the traced has stopped for, which tells what its message is; 0: none. */
static int event_of(pid_t system) {
  siginfo_t info;
  if (raw4(SYS_ptrace, PTRACE_GETSIGINFO, system, 0, &info) < 0 || info.si_signo != SIGTRAP) return 0;
  return info.si_code >> 8;
}

/* A child is told of before it or its parent has run on: nobody has asked for its id yet. */
static void message_to_virtual(pid_t traced, unsigned long *message) {
  int event = event_of(traced);
  bool of_child = event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE;
  if ((!of_child && event != PTRACE_EVENT_VFORK_DONE && event != PTRACE_EVENT_EXEC) || *message == 0 || *message > INT_MAX) return;
  pid_t shown = pid_shown((pid_t)*message);
  if (shown == 0 && of_child) shown = pid_claim((pid_t)*message);
  if (shown > 0) *message = (unsigned long)shown;
}

EXPORT long ptrace(enum __ptrace_request request, ...) {
  va_list rest;
  va_start(rest, request);
  pid_t pid = va_arg(rest, pid_t);
  void *at = va_arg(rest, void *), *data = va_arg(rest, void *);
  va_end(rest);
  siginfo_t sent;
  bool names = ids_on() && request != PTRACE_TRACEME;
  long system = names ? pid_argument(pid) : pid;
  if (system == -ESRCH && pid > 0) return refused(system);
  if (names && request == PTRACE_SETSIGINFO && readable(data, sizeof sent)) {
    sent = *(siginfo_t *)data;
    siginfo_to_system(&sent);
    data = &sent;
  }
  long result = NEXT(ptrace)(request, (pid_t)system, at, data);
  if (!names || result != 0) return result;
  if (request == PTRACE_GETEVENTMSG) message_to_virtual((pid_t)system, data);
  if (request == PTRACE_GETSIGINFO) siginfo_to_virtual(data);
  return result;
}
