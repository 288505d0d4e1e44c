/* Children, and what /proc says about them. */
#pragma once
#include "check.h"

/* Status of a child that is expected to exit by itself; -SIGNAL when a signal ended it. */
UNUSED static int reap(pid_t child) {
  int status = 0;
  pid_t got;
  do got = waitpid(child, &status, 0);
  while (got == -1 && errno == EINTR);
  expect("the pid that waitpid returns", child, got);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A pipe whose ends are named for what one does with them. */
struct channel { int from, to; };
UNUSED static struct channel channel(void) {
  int ends[2];
  must(pipe(ends));
  return (struct channel){ends[0], ends[1]};
}
UNUSED static void tell(struct channel to, char what) { expect("bytes written to a pipe", 1, must(write(to.to, &what, 1))); }
/* The next byte, or -1 when every writer is gone. */
UNUSED static int hear(struct channel from) {
  unsigned char byte;
  ssize_t got;
  do got = read(from.from, &byte, 1);
  while (got == -1 && errno == EINTR);
  must(got);
  return got == 0 ? -1 : byte;
}

/* The letter for its state in /proc/PID/task/TID/stat: S when it sleeps, T stopped, Z zombie; 0 when there is none. */
UNUSED static char task_state(pid_t pid, pid_t tid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  const char *end = strrchr(text, ')');
  return end == NULL ? 0 : end[2];
}
/* Waits up to a second until the thread is in that state, so that it is frozen inside the call that the test is about. */
UNUSED static void until_state(pid_t pid, pid_t tid, char state) {
  for (int i = 0; i < 10000; i++, nap(1))
    if (task_state(pid, tid) == state) {
      nap(2);
      if (task_state(pid, tid) == state) return;
    }
  fail("state of task %d expected %c got %c\n", (int)tid, state, task_state(pid, tid));
}
