/* Functions that glibc has since 2.39: where it hasn't, they are what NEXT makes of a function that is missing, ENOSYS. */
#include "preload/ids.h"
#include "preload/spawn-attributes.h"
#include <spawn.h>

struct sched_attr;

/* libc reads it in /proc, by calls of its own; what is none of the instance's is beyond its sight, as outside of a PID namespace. */
EXPORT pid_t pidfd_getpid(int fd);
EXPORT pid_t pidfd_getpid(int fd) {
  pid_t system = NEXT(pidfd_getpid)(fd);
  if (system <= 0 || !ids_on()) return system;
  pid_t shown = pid_shown(system);
  return shown > 0 ? shown : refused(-EREMOTE);
}

#define SPAWNS(name)                                                                                                                  \
  EXPORT int name(int *restrict fd, const char *restrict program, const posix_spawn_file_actions_t *restrict actions,                 \
                  const posix_spawnattr_t *restrict attributes, char *const arguments[restrict], char *const environment[restrict]);  \
  EXPORT int name(int *restrict fd, const char *restrict program, const posix_spawn_file_actions_t *restrict actions,                 \
                  const posix_spawnattr_t *restrict attributes, char *const arguments[restrict], char *const environment[restrict]) { \
    posix_spawnattr_t room;                                                                                                           \
    int kept = errno, result = NEXT(name)(fd, program, actions, spawn_attributes(attributes, &room), arguments, environment);         \
    if (result == -1) result = errno, errno = kept;                                                                                   \
    return result;                                                                                                                    \
  }
SPAWNS(pidfd_spawn)
SPAWNS(pidfd_spawnp)

EXPORT int sched_setattr(pid_t pid, struct sched_attr *attributes, unsigned flags);
EXPORT int sched_setattr(pid_t pid, struct sched_attr *attributes, unsigned flags) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : NEXT(sched_setattr)((pid_t)system, attributes, flags);
}

EXPORT int sched_getattr(pid_t pid, struct sched_attr *attributes, unsigned size, unsigned flags);
EXPORT int sched_getattr(pid_t pid, struct sched_attr *attributes, unsigned size, unsigned flags) {
  long system = ids_on() ? pid_argument(pid) : pid;
  return system == -ESRCH && pid > 0 ? refused(system) : NEXT(sched_getattr)((pid_t)system, attributes, size, flags);
}

/* The thread id that libc keeps in the thread, which is the system's. */
EXPORT pid_t pthread_gettid_np(pthread_t thread);
EXPORT pid_t pthread_gettid_np(pthread_t thread) {
  pid_t system = NEXT(pthread_gettid_np)(thread);
  if (system <= 0 || !ids_on()) return system;
  pid_t shown = pid_claim(system);
  return shown > 0 ? shown : system;
}
