/* Events that the program has not read yet can't be put back: the commit says so, and they are there when it was refused. */
#include "file.h"
#include <sys/inotify.h>

int main(void) {
  begin();
  const char *path = own_path("seen");
  close(file_with(path, "x", 1));
  int fd = (int)must(inotify_init1(IN_CLOEXEC));
  int watch = (int)must(inotify_add_watch(fd, path, IN_ATTRIB));
  must(chmod(path, 0400));
  await_go();
  struct inotify_event event;
  expect("bytes of the event", sizeof event, must(read(fd, &event, sizeof event)));
  expect("its watch", watch, event.wd);
  expect("what it tells", IN_ATTRIB, event.mask);
  must(unlink(path));
  done();
}
