/* The ways to name a process to be signalled, held or looked into. FIG. 12: the virtual id is looked up, and the call goes on with the system's. */
#include "preload/ids.h"
#include <stdarg.h>
#include <sys/uio.h>

/* -1: everybody that the caller may signal, which here is the instance but its init and itself, as in a PID namespace. */
static int kill_all(struct table *table, int number) {
  pid_t own = (pid_t)raw3(SYS_getpid, 0, 0, 0);
  long last = -ESRCH;
  bool any = false;
  for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
    uint64_t word = ID_LOAD(&table->ids[slot]);
    if (id_state(word) != ID_USED || id_type(word) != ID_PID || id_system(word) == own) continue;
    long system = pid_wanted(id_virtual(table->id_base, slot, word), false);
    if (system <= 0 || raw3(SYS_tgkill, system, system, 0) < 0) continue; /* gone, or a thread */
    last = raw3(SYS_kill, system, number, 0);
    any |= last == 0;
  }
  return any ? 0 : refused(last);
}

EXPORT int kill(pid_t pid, int number) {
  struct table *table = ids_table();
  if (table == NULL) return NEXT(kill)(pid, number);
  if (pid == -1) return kill_all(table, number);
  long system = pid_or_group(pid);
  return system == -ESRCH && pid != 0 ? refused(-ESRCH) : NEXT(kill)((pid_t)system, number);
}
EXPORT int __kill(pid_t pid, int number);
EXPORT int __kill(pid_t pid, int number) { return kill(pid, number); }

EXPORT int killpg(pid_t group, int number) {
  if (!ids_on()) return NEXT(killpg)(group, number);
  if (group < 0) return refused(-EINVAL);
  return group == 1 ? refused(-ESRCH) : kill(-group, number);
}

EXPORT int tgkill(pid_t process, pid_t thread, int number) {
  if (!ids_on() || process <= 0 || thread <= 0) return NEXT(tgkill)(process, thread, number);
  long p = pid_wanted(process, false), t = pid_wanted(thread, false);
  return p < 0 || t < 0 ? refused(-ESRCH) : NEXT(tgkill)((pid_t)p, (pid_t)t, number);
}

EXPORT int sigqueue(pid_t pid, int number, const union sigval value) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : NEXT(sigqueue)((pid_t)system, number, value);
}

EXPORT int pidfd_open(pid_t pid, unsigned flags) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : NEXT(pidfd_open)((pid_t)system, flags);
}

/* What is sent says who sends it, as the caller knows itself. */
EXPORT int pidfd_send_signal(int fd, int number, siginfo_t *info, unsigned flags) {
  if (!ids_on() || info == NULL || !readable(info, sizeof *info)) return NEXT(pidfd_send_signal)(fd, number, info, flags);
  siginfo_t changed = *info;
  long system = pid_argument(info->si_pid);
  if (system > 0) changed.si_pid = (pid_t)system;
  return NEXT(pidfd_send_signal)(fd, number, &changed, flags);
}

EXPORT ssize_t process_vm_readv(pid_t pid, const struct iovec *here, unsigned long count, const struct iovec *there, unsigned long others,
                                unsigned long flags) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : NEXT(process_vm_readv)((pid_t)system, here, count, there, others, flags);
}

EXPORT ssize_t process_vm_writev(pid_t pid, const struct iovec *here, unsigned long count, const struct iovec *there, unsigned long others,
                                 unsigned long flags) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : NEXT(process_vm_writev)((pid_t)system, here, count, there, others, flags);
}
