/* Every descriptor that the limit allows is in use: what else is brought back must not take one then. */
#include "file.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define MOST 64

static int number_in(const char *path, int base) {
  char text[32] = {0};
  int fd = (int)must(open(path, O_RDONLY));
  must(read(fd, text, sizeof text - 1));
  close(fd);
  return (int)strtol(text, NULL, base);
}

static void write_number(const char *path, const char *text) {
  int fd = (int)must(open(path, O_WRONLY));
  must(write(fd, text, strlen(text)));
  close(fd);
}

int main(void) {
  begin();
  struct rlimit limit = {MOST, MOST};
  must(setrlimit(RLIMIT_NOFILE, &limit));
  write_number("/proc/self/coredump_filter", "0x7f");
  write_number("/proc/self/oom_score_adj", "300");
  must(prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0));
  const char *path = own_path("all");
  int fd = file_with(path, "0123456789", 10), count = 1;
  for (int next; (next = dup(fd)) != -1; fd = next) count++;
  expect("why there are no more", EMFILE, errno);
  await_go();
  expect_errno(EMFILE, dup(fd));
  expect("the last of them", MOST - 1, fd);
  char got[4] = {0};
  for (int i = 0; i < count; i++) must(pread(fd - i, got, 3, 0));
  expect_text("what they give", "012", got);
  close(fd);
  expect("what a core file has", 0x7f, number_in("/proc/self/coredump_filter", 16));
  expect("who is ended first when memory is short", 300, number_in("/proc/self/oom_score_adj", 10));
  must(unlink(path));
  done();
}
