/* Who a process and a thread are, in every way to ask. */
#include "check.h"
#include <spawn.h>

static pid_t thread_id;

static void *in_thread(void *unused) {
  (void)unused;
  thread_id = gettid();
  CHECK(thread_id != getpid() && thread_id == syscall(SYS_gettid) && thread_id == gettid());
  return NULL;
}

int main(int count, char **arguments) {
  if (count == 3) { /* exec'd: told what it was before, and who its parent is */
    CHECK(getpid() == atoi(arguments[1]) && (atoi(arguments[2]) == 0 || getppid() == atoi(arguments[2])));
    return 0;
  }
  CHECK(getpid() == gettid() && getpid() == syscall(SYS_getpid) && getppid() == syscall(SYS_getppid));
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, in_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(thread_id != 0 && gettid() == getpid());
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    CHECK(getppid() == parent && getpid() != parent && gettid() == getpid());
    char own[16], above[16];
    snprintf(own, sizeof own, "%d", getpid());
    snprintf(above, sizeof above, "%d", parent);
    execl("/proc/self/exe", "self", own, above, NULL);
    _exit(127);
  }
  expect_success(child);
  return done();
}
