/* Process groups and sessions: the same ids as those of processes. A leader that lies outside of the instance is 0. */
#include "preload/ids.h"
#include <stdarg.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static pid_t shown(pid_t system) { return system > 0 && ids_on() ? pid_shown(system) : system; }

EXPORT pid_t getpgid(pid_t pid) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : shown(NEXT(getpgid)((pid_t)system));
}
EXPORT pid_t __getpgid(pid_t pid) { return getpgid(pid); }
EXPORT pid_t __bsd_getpgrp(pid_t pid);
EXPORT pid_t __bsd_getpgrp(pid_t pid) { return getpgid(pid); }
EXPORT pid_t getpgrp(void) { return shown(NEXT(getpgrp)()); }

EXPORT pid_t getsid(pid_t pid) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : shown(NEXT(getsid)((pid_t)system));
}

EXPORT int setpgid(pid_t pid, pid_t group) {
  if (!ids_on()) return NEXT(setpgid)(pid, group);
  long system = pid_argument(pid), wanted = group <= 0 ? group : pid_wanted(group, true);
  if (system == -ESRCH && pid > 0) return refused(system);
  return wanted == -ESRCH && group > 0 ? refused(-EPERM) : NEXT(setpgid)((pid_t)system, (pid_t)wanted);
}
EXPORT int __setpgid(pid_t pid, pid_t group) { return setpgid(pid, group); }
EXPORT int setpgrp(void) { return setpgid(0, 0); }

EXPORT pid_t setsid(void) {
  pid_t system = NEXT(setsid)();
  if (system <= 0 || !ids_on()) return system;
  pid_t found = pid_claim(system);
  return found != 0 ? found : system;
}

/* Group ids that go through ioctl; a socket's owner may be a group, as a negative number. */
static int ioctl_id(int fd, unsigned long request, int *at) {
  bool sets = request == TIOCSPGRP || request == FIOSETOWN || request == SIOCSPGRP;
  if (!readable(at, sizeof *at)) return NEXT(ioctl)(fd, request, at);
  int id = *at;
  if (sets && id != 0) {
    long system = id > 0 ? pid_wanted(id, request == TIOCSPGRP) : pid_or_group(id);
    if (system == -ESRCH) return refused(request == TIOCSPGRP ? -EPERM : -ESRCH);
    id = (int)system;
  }
  int result = NEXT(ioctl)(fd, request, &id);
  if (result == 0 && !sets) *at = id < -1 ? -shown(-id) : shown(id);
  return result;
}

EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *at = va_arg(rest, void *);
  va_end(rest);
  bool names = request == TIOCGPGRP || request == TIOCSPGRP || request == TIOCGSID || request == FIOSETOWN || request == FIOGETOWN ||
               request == SIOCSPGRP || request == SIOCGPGRP;
  return UNLIKELY(names) && ids_on() ? ioctl_id(fd, request, at) : NEXT(ioctl)(fd, request, at);
}

EXPORT pid_t tcgetpgrp(int fd) {
  int group;
  return ioctl(fd, TIOCGPGRP, &group) < 0 ? -1 : group;
}
EXPORT int tcsetpgrp(int fd, pid_t group) { return ioctl(fd, TIOCSPGRP, &group); }
EXPORT pid_t tcgetsid(int fd) {
  int session;
  return ioctl(fd, TIOCGSID, &session) < 0 ? -1 : session;
}
