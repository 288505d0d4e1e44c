/* How soon the kernel ends each process when memory is short. */
#include "file.h"
#include "process.h"

static void set(const char *score) {
  int fd = (int)must(open("/proc/self/oom_score_adj", O_WRONLY));
  put(fd, score);
  close(fd);
}

int main(void) {
  begin();
  set("500");
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    set("777");
    for (;;) pause();
  }
  until_state(child, child, 'S');
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/oom_score_adj", child);
  await_go();
  expect_text("its own", "500\n", content("/proc/self/oom_score_adj"));
  expect_text("its child's", "777\n", content(path));
  must(kill(child, SIGKILL));
  reap(child);
  done();
}
