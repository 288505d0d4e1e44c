/* Every program here checks one group of calls and prints `ok`. It is run plainly, in an instance with namespaces and in one whose ids the
 * preload library binds, and must see the same each time: nothing is said of what the ids are. */
#ifndef VPROC_CHECK_H
#define VPROC_CHECK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                                              \
  do {                                                                                                                \
    if (!(condition)) {                                                                                               \
      dprintf(2, "%s:%d: %s (errno %d: %s)\n", __FILE__, __LINE__, #condition, errno, strerror(errno));               \
      _exit(1);                                                                                                       \
    }                                                                                                                 \
  } while (0)
#define FAILS(call, error) CHECK((errno = 0, (long)(call) == -1 && errno == (error)))

static inline int done(void) {
  puts("ok");
  return 0;
}

/* A child that waits to be ended. */
static inline pid_t idle_child(void) {
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0)
    for (;;) pause();
  return child;
}

static inline void end_child(pid_t child) {
  int status;
  CHECK(kill(child, SIGKILL) == 0);
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* What a child that exits with 0 found right. */
static inline void expect_success(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}
#endif
