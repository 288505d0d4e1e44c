/* Every way to wait tells the child that was made, and none twice. */
#include "check.h"
#include <sys/resource.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
int pidfd_open(pid_t, unsigned);

static pid_t ending(int code) {
  pid_t child = fork();
  if (child == 0) _exit(code);
  return child;
}

static void by_id(void) {
  siginfo_t info = {0};
  pid_t child = ending(3);
  CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child && info.si_status == 3);
  CHECK(kill(child, 0) == 0); /* a zombie is still there */
  CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child && info.si_code == CLD_EXITED);
  FAILS(waitid(P_PID, (id_t)child, &info, WEXITED), ECHILD);
  FAILS(waitpid((pid_t)0x80000000, NULL, 0), ESRCH);
  child = ending(4);
  CHECK(waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED) == 0 && info.si_pid == child && info.si_status == 4);
  child = ending(5);
  int fd = pidfd_open(child, 0);
  CHECK(fd >= 0 && waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0 && info.si_pid == child && info.si_status == 5);
}

static void of_group(void) {
  int status;
  pid_t one = idle_child();
  CHECK(setpgid(one, one) == 0 && getpgid(one) == one);
  CHECK(waitpid(-one, &status, WNOHANG) == 0 && waitpid(0, &status, WNOHANG) == -1 && errno == ECHILD);
  CHECK(kill(one, SIGSTOP) == 0 && waitpid(one, &status, WUNTRACED) == one && WIFSTOPPED(status));
  CHECK(kill(one, SIGCONT) == 0 && waitpid(-1, &status, WCONTINUED) == one && WIFCONTINUED(status));
  CHECK(kill(-one, SIGTERM) == 0 && waitpid(-one, &status, 0) == one && WTERMSIG(status) == SIGTERM);
}

int main(void) {
  int status;
  struct rusage usage;
  pid_t child = ending(1);
  CHECK(wait(&status) == child && WEXITSTATUS(status) == 1);
  child = ending(2);
  CHECK(wait3(&status, 0, &usage) == child && WEXITSTATUS(status) == 2);
  child = ending(3);
  CHECK(wait4(child, NULL, 0, &usage) == child);
  FAILS(waitpid(child, &status, 0), ECHILD);
  FAILS(wait(NULL), ECHILD);
  FAILS(kill(child, 0), ESRCH);
  FAILS(waitpid(getpid(), &status, 0), ECHILD);
  child = ending(0);
  CHECK(syscall(SYS_wait4, child, &status, 0, NULL) == child);
  by_id();
  of_group();
  return done();
}
