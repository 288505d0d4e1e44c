/* Files of /proc: one's own, another process's, their threads', the whole machine's; read in the middle. */
#include "file.h"
#include "process.h"
#include <pthread.h>

static pid_t thread_id;
static void *wait_as_thread(void *unused) {
  __atomic_store_n(&thread_id, gettid(), __ATOMIC_RELEASE);
  for (;;) pause();
  return unused;
}

/* A file that tells the name of a second thread, which this begins. */
static int of_thread(pid_t pid, pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/comm", pid, tid);
  return (int)must(open(path, O_RDONLY));
}
static pid_t begin_thread(void) {
  pthread_t thread;
  must_zero(pthread_create(&thread, NULL, wait_as_thread, NULL));
  while (!__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE)) nap(1);
  must_zero(pthread_setname_np(thread, "second"));
  return thread_id;
}

int main(void) {
  begin();
  struct channel up = channel(), down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    pid_t own = begin_thread(), parents = (must(write(up.to, &own, sizeof own)), 0);
    must(read(down.from, &parents, sizeof parents));
    int other = of_thread(getppid(), parents);
    tell(up, 1);
    hear(down);
    expect_text("the name of its parent's thread", "second", next_text(other, 6));
    tell(up, 2);
    for (;;) pause();
  }
  pid_t second = begin_thread(), childs = 0;
  must(read(up.from, &childs, sizeof childs));
  must(write(down.to, &second, sizeof second));
  hear(up);
  int of_own_thread = of_thread(getpid(), second), of_childs_thread = of_thread(child, childs);
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/%d/stat", child);
  int of_child = (int)must(open(path, O_RDONLY)), version = (int)must(open("/proc/version", O_RDONLY)), own = (int)must(open("/proc/self/stat", O_RDONLY));
  int directory = (int)must(open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
  expect_text("how the version begins", "Linux ", next_text(version, 6));
  await_go();
  expect_text("the name of its thread", "second", next_text(of_own_thread, 6));
  expect_text("the name of its child's thread", "second", next_text(of_childs_thread, 6));
  tell(down, 1);
  expect("the child's word", 2, hear(up));
  snprintf(text, sizeof text, "%d (", child);
  expect("how the child's begins", 0, strncmp(next_text(of_child, 100), text, strlen(text)));
  snprintf(text, sizeof text, "%d (", getpid());
  expect("how its own begins", 0, strncmp(next_text(own, 100), text, strlen(text)));
  expect_text("how the version goes on", "version ", next_text(version, 8));
  must(faccessat(directory, "1", F_OK, AT_SYMLINK_NOFOLLOW));
  must(kill(child, SIGKILL));
  reap(child);
  done();
}
