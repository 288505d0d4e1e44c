/* A directory that tells of its changes by a signal can't be part of a template. */
#include "file.h"

static volatile sig_atomic_t told;
static void handler(int number) { told = number; }

int main(void) {
  begin();
  const char *path = own_path("watched");
  char name[128];
  must(mkdir(path, 0700));
  signal(SIGIO, handler);
  int fd = (int)must(open(path, O_RDONLY | O_DIRECTORY));
  must(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
  await_go();
  snprintf(name, sizeof name, "%s/new", path);
  close(file_with(name, "", 0));
  for (int i = 0; i < 10000 && !told; i++) nap(1);
  expect("the signal", SIGIO, told);
  must(unlink(name));
  must(rmdir(path));
  done();
}
