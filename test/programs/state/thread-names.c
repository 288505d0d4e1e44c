/* Names and ids of threads: as pthreads, prctl and /proc tell them. */
#include "thread.h"
#include <sys/prctl.h>

enum { THREADS = 4 };
static struct channel leave;

static void be_named(void *argument) {
  char name[16], now[16];
  snprintf(name, sizeof name, "thread %ld ()", (long)argument);
  must(prctl(PR_SET_NAME, name));
  pid_t tid = own_tid();
  hear(leave);
  must(prctl(PR_GET_NAME, now));
  expect_text("a thread's name", name, now);
  expect("a thread's id", tid, own_tid());
}
static void name_in_proc(pid_t tid, const char *expected) {
  char path[64], name[32] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/comm", tid);
  int fd = (int)must(open(path, O_RDONLY));
  name[must(read(fd, name, sizeof name - 1)) - 1] = 0;
  close(fd);
  expect_text("a name in /proc", expected, name);
}

int main(void) {
  begin();
  leave = channel();
  struct sleeper threads[THREADS] = {0};
  must(prctl(PR_SET_NAME, "the leader"));
  for (long i = 0; i < THREADS; i++) sleep_in(&threads[i], be_named, (void *)i);
  await_go();
  name_in_proc(getpid(), "the leader");
  for (long i = 0; i < THREADS; i++) {
    char name[16], now[16];
    snprintf(name, sizeof name, "thread %ld ()", i);
    name_in_proc(threads[i].tid, name);
    must_zero(pthread_getname_np(threads[i].thread, now, sizeof now));
    expect_text("a name by pthreads", name, now);
  }
  must_zero(pthread_setname_np(threads[0].thread, "renamed"));
  name_in_proc(threads[0].tid, "renamed");
  must_zero(pthread_setname_np(threads[0].thread, "thread 0 ()"));
  for (int i = 0; i < THREADS; i++) tell(leave, 1);
  for (int i = 0; i < THREADS; i++) join(&threads[i]);
  done();
}
