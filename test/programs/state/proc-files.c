/* Files of /proc: one's own, another process's, the whole machine's; read in the middle. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  pid_t child = (pid_t)must(fork());
  if (child == 0) for (;;) pause();
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/%d/stat", child);
  int of_child = (int)must(open(path, O_RDONLY)), version = (int)must(open("/proc/version", O_RDONLY)), own = (int)must(open("/proc/self/stat", O_RDONLY));
  int directory = (int)must(open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
  expect_text("how the version begins", "Linux ", next_text(version, 6));
  await_go();
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
