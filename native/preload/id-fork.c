/* The ways to make a process. Parent and child both claim the child's id; the first one makes it. */
#include "preload/ids.h"
#include "preload/spawn-attributes.h"
#include <pty.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <unistd.h>

/* What the parent is told of a child that it just made. */
static pid_t made(pid_t system) {
  if (system <= 0 || !ids_on()) return system;
  int kept = errno;
  pid_t found = pid_claim(system);
  errno = kept;
  return found != 0 ? found : system;
}

static _Atomic int next_is_nested; /* unshare(CLONE_NEWPID): the children are of another namespace */

/* What the child does first. */
static void born(void) {
  if (next_is_nested) self_nested();
  else self_forget();
}

EXPORT pid_t fork(void) { return made(NEXT(fork)()); } /* in the child: self_forget as a fork handler */
EXPORT pid_t __fork(void) { return fork(); }
EXPORT pid_t __libc_fork(void);
EXPORT pid_t __libc_fork(void) { return fork(); }

EXPORT pid_t _Fork(void) {
  pid_t result = NEXT(_Fork)();
  if (result == 0 && ids_on()) born();
  return made(result);
}

EXPORT int forkpty(int *master, char *name, const struct termios *mode, const struct winsize *size) {
  return made(NEXT(forkpty)(master, name, mode, size));
}

EXPORT int unshare(int flags) {
  int result = NEXT(unshare)(flags);
  if (result == 0 && (flags & CLONE_NEWPID)) next_is_nested = 1;
  return result;
}

/* id-vfork.S: the child runs on the parent's stack and in its memory until it execs. */
void id_vfork_begin(void);
long id_vfork_end(long result);
void id_vfork_begin(void) { self_shared++; }
long id_vfork_end(long result) {
  self_shared--;
  if (result < 0) return refused(result);
  return next_is_nested ? result : made((pid_t)result);
}

const posix_spawnattr_t *spawn_attributes(const posix_spawnattr_t *given, posix_spawnattr_t *room) {
  short flags = 0;
  pid_t group = 0;
  if (given == NULL || !ids_on() || posix_spawnattr_getflags(given, &flags) != 0 || (flags & POSIX_SPAWN_SETPGROUP) == 0) return given;
  if (posix_spawnattr_getpgroup(given, &group) != 0 || group == 0) return given;
  long system = pid_wanted(group, true);
  *room = *given;
  posix_spawnattr_setpgroup(room, system < 0 ? INT32_MAX : (pid_t)system);
  return room;
}

EXPORT int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
                       const posix_spawnattr_t *restrict attributes, char *const arguments[restrict], char *const environment[restrict]) {
  pid_t child = 0;
  posix_spawnattr_t room;
  int result = NEXT(posix_spawn)(&child, path, actions, spawn_attributes(attributes, &room), arguments, environment);
  if (result == 0) child = made(child);
  if (result == 0 && pid != NULL) *pid = child;
  return result;
}

EXPORT int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                        const posix_spawnattr_t *restrict attributes, char *const arguments[restrict], char *const environment[restrict]) {
  pid_t child = 0;
  posix_spawnattr_t room;
  int result = NEXT(posix_spawnp)(&child, file, actions, spawn_attributes(attributes, &room), arguments, environment);
  if (result == 0) child = made(child);
  if (result == 0 && pid != NULL) *pid = child;
  return result;
}
