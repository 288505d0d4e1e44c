/* Nothing of the machinery is left in a process: no mapping of the restorer's, no descriptor, thread or child that it didn't have. */
#include "check.h"
#include <dirent.h>

/* Where the restorer lives. */
#define FOREIGN_FROM 0x4d0000000000ul
#define FOREIGN_TO 0x4d0100000000ul
enum { FDS = 1000 };

static int entries(const char *directory) {
  DIR *open = must_have(opendir(directory));
  int count = 0;
  for (struct dirent *entry; (entry = readdir(open)) != NULL;) count += entry->d_name[0] != '.';
  closedir(open);
  return count;
}
static const char *children(void) {
  static char text[256];
  int fd = (int)must(open("/proc/thread-self/children", O_RDONLY));
  text[must(read(fd, text, sizeof text - 1))] = 0;
  close(fd);
  return text;
}
static void no_foreign_mappings(void) {
  FILE *maps = must_have(fopen("/proc/self/maps", "re"));
  char line[4400];
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from = 0, to = 0;
    sscanf(line, "%lx-%lx", &from, &to);
    if (to > FOREIGN_FROM && from < FOREIGN_TO) fail("mappings of a restorer expected none got %s", line);
  }
  fclose(maps);
}

int main(void) {
  begin();
  int descriptors = entries("/proc/self/fd"), threads = entries("/proc/self/task");
  static bool was_open[FDS];
  for (int fd = 0; fd < FDS; fd++) was_open[fd] = fcntl(fd, F_GETFD) != -1;
  if (getenv("APPSHOT_AID") != NULL) expect("descriptors of a program that was launched, and the listing's own", 4, descriptors);
  char line[256] = "";
  expect_text("children at first", "", children());
  await_go();
  no_foreign_mappings();
  expect("descriptors", descriptors, entries("/proc/self/fd"));
  for (int fd = 0; fd < FDS; fd++) expect("whether a descriptor is open", was_open[fd], fcntl(fd, F_GETFD) != -1);
  expect("threads", threads, entries("/proc/self/task"));
  expect_text("children", "", children());
  expect_errno(ECHILD, waitpid(-1, NULL, WNOHANG));
  FILE *status = must_have(fopen("/proc/self/status", "re"));
  while (fgets(line, sizeof line, status) != NULL) {
    int tracer;
    if (sscanf(line, "TracerPid: %d", &tracer) == 1) expect("the pid of a tracer", 0, tracer);
  }
  fclose(status);
  done();
}
