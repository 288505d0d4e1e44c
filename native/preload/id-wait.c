/* The ways to wait for a child. All are cancellation points. What was reaped is marked, so that its id isn't another's by accident. */
#include "preload/ids.h"
#include <sys/resource.h>
#include <sys/wait.h>

/* As waitpid() takes it. A child that never told us its id has one by its parent's claim; any other number is no child. */
static long waited(pid_t virtual_id) {
  if (virtual_id == INT32_MIN) return virtual_id; /* for the kernel to refuse, with another error */
  long system = pid_or_group(virtual_id);
  return system == -ESRCH && virtual_id != -1 ? -ECHILD : system;
}

static pid_t told(pid_t system, int status) {
  if (system <= 0) return system;
  int kept = errno;
  pid_t found = pid_shown(system);
  if (found == 0) found = pid_claim(system);
  if (WIFEXITED(status) || WIFSIGNALED(status)) pid_reaped(system);
  errno = kept;
  return found != 0 ? found : system;
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  if (!ids_on()) return NEXT(wait4)(pid, status, options, usage);
  long system = waited(pid);
  if (system == -ECHILD) return refused(-ECHILD);
  int own;
  pid_t found = NEXT(wait4)((pid_t)system, status != NULL ? status : &own, options, usage);
  return found <= 0 ? found : told(found, status != NULL ? *status : own);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options) {
  return ids_on() ? wait4(pid, status, options, NULL) : NEXT(waitpid)(pid, status, options);
}
EXPORT pid_t __waitpid(pid_t pid, int *status, int options) { return waitpid(pid, status, options); }
EXPORT pid_t wait(int *status) { return ids_on() ? wait4(-1, status, 0, NULL) : NEXT(wait)(status); }
EXPORT pid_t __wait(int *status) { return wait(status); }
EXPORT pid_t wait3(int *status, int options, struct rusage *usage) {
  return ids_on() ? wait4(-1, status, options, usage) : NEXT(wait3)(status, options, usage);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options) {
  if (!ids_on()) return NEXT(waitid)(type, id, info, options);
  long system = (long)id;
  if (type == P_PID) system = pid_wanted((pid_t)id, false);
  else if (type == P_PGID && id != 0) system = pid_wanted((pid_t)id, true);
  if (system < 0) return refused(-ECHILD);
  siginfo_t own = {.si_pid = 0};
  if (info == NULL) info = &own;
  int result = NEXT(waitid)(type, (id_t)system, info, options);
  if (result != 0 || info->si_pid == 0) return result;
  bool ended = info->si_code == CLD_EXITED || info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED;
  info->si_pid = told(info->si_pid, ended && (options & WNOWAIT) == 0 ? 0 : 0x137f /* stopped */);
  return 0;
}
