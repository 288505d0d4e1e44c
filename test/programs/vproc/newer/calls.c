/* The functions that glibc has since 2.39 go by the ids that all others go by. */
#include "../check.h"
#include <spawn.h>
#include <stdint.h>

struct sched_attr;
pid_t pidfd_getpid(int);
int pidfd_open(pid_t, unsigned);
int pidfd_spawn(int *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], char *const[]);
int pidfd_spawnp(int *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], char *const[]);
int sched_setattr(pid_t, struct sched_attr *, unsigned);
int sched_getattr(pid_t, struct sched_attr *, unsigned, unsigned);
pid_t pthread_gettid_np(pthread_t);

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
extern char **environ;

static void by_descriptor(pid_t child) {
  int fd = pidfd_open(child, 0), own = pidfd_open(getpid(), 0);
  CHECK(fd >= 0 && pidfd_getpid(fd) == child && pidfd_getpid(own) == getpid());
  FAILS(pidfd_getpid(-1), EBADF);
  FAILS(pidfd_getpid(0), EINVAL);
  end_child(child);
  FAILS(pidfd_getpid(fd), ESRCH);
  close(fd);
  close(own);
}

/* The child says by its end whether it is in the group that it was to be put into. */
static void spawned(__typeof__(pidfd_spawn) *spawns, pid_t group) {
  int fd;
  char number[16], *arguments[] = {"calls", number, NULL};
  posix_spawnattr_t attributes;
  siginfo_t info;
  snprintf(number, sizeof number, "%d", (int)group);
  CHECK(posix_spawnattr_init(&attributes) == 0 && posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP) == 0);
  CHECK(posix_spawnattr_setpgroup(&attributes, group) == 0);
  errno = 7;
  CHECK(spawns(&fd, "/proc/self/exe", NULL, &attributes, arguments, environ) == 0);
  CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0 && info.si_code == CLD_EXITED && info.si_status == 0);
  CHECK(close(fd) == 0 && posix_spawnattr_destroy(&attributes) == 0);
  CHECK(spawns(&fd, "/nowhere", NULL, NULL, arguments, environ) == ENOENT);
}

static void scheduled(pid_t child) {
  _Alignas(8) uint32_t attributes[14] = {sizeof attributes};
  CHECK(sched_getattr(child, (void *)attributes, sizeof attributes, 0) == 0 && attributes[1] == SCHED_OTHER);
  attributes[4] = 5; /* the nice value */
  CHECK(sched_setattr(child, (void *)attributes, 0) == 0 && sched_getattr(child, (void *)attributes, sizeof attributes, 0) == 0);
  CHECK(attributes[4] == 5 && sched_getattr(0, (void *)attributes, sizeof attributes, 0) == 0 && attributes[4] == 0);
  FAILS(sched_getattr(0x3ffffffe, (void *)attributes, sizeof attributes, 0), ESRCH);
  FAILS(sched_setattr(0x3ffffffe, (void *)attributes, 0), ESRCH);
}

static void *thread(void *unused) {
  CHECK(pthread_gettid_np(pthread_self()) == gettid());
  return unused;
}

int main(int count, char **arguments) {
  if (count > 1) return getpgrp() == atoi(arguments[1]) ? 0 : 1;
  pid_t child = idle_child();
  CHECK(setpgid(child, child) == 0);
  spawned(pidfd_spawn, child);
  spawned(pidfd_spawnp, child);
  scheduled(child);
  by_descriptor(child);
  pthread_t other;
  CHECK(pthread_gettid_np(pthread_self()) == getpid());
  CHECK(pthread_create(&other, NULL, thread, NULL) == 0 && pthread_join(other, NULL) == 0);
  return done();
}
