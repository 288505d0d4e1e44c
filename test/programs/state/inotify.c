/* inotify: the watches with their numbers, and events of what happens afterwards. */
#include "file.h"
#include <sys/inotify.h>

static const struct inotify_event *next(int fd) {
  static _Alignas(struct inotify_event) char bytes[4096];
  expect("ready descriptors", 1, must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 20000)));
  must(read(fd, bytes, sizeof bytes));
  return (const struct inotify_event *)bytes;
}

int main(void) {
  begin();
  const char *directory = own_path("watched");
  char path[200];
  must(mkdir(directory, 0700));
  int fd = (int)must(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  int dropped = (int)must(inotify_add_watch(fd, "/", IN_DELETE_SELF));
  int watch = (int)must(inotify_add_watch(fd, directory, IN_CREATE | IN_DELETE));
  must(inotify_rm_watch(fd, dropped));
  char bytes[256];
  while (read(fd, bytes, sizeof bytes) > 0) continue;
  await_go();
  expect_errno(EAGAIN, read(fd, bytes, sizeof bytes));
  snprintf(path, sizeof path, "%s/new", directory);
  close(file_with(path, "", 0));
  const struct inotify_event *event = next(fd);
  expect("the watch", watch, event->wd);
  expect("the event", IN_CREATE, event->mask);
  expect_text("the name", "new", event->name);
  must(unlink(path));
  event = next(fd);
  expect("the second event", IN_DELETE, event->mask);
  must(inotify_rm_watch(fd, watch));
  event = next(fd);
  expect("the event of a watch that ends", IN_IGNORED, event->mask);
  int later = (int)must(inotify_add_watch(fd, directory, IN_CREATE));
  expect("whether a later watch has a later number", true, later > watch);
  must(rmdir(directory));
  done();
}
