/* inotify with many watches, some of them given back in between: each tells of its own directory, by its own number. */
#include "file.h"
#include <sys/inotify.h>

enum { COUNT = 40 };

static char *directories[COUNT];
static int watches[COUNT];

static void told(int fd, int at) {
  static _Alignas(struct inotify_event) char bytes[4096];
  char *path;
  must(asprintf(&path, "%s/new", directories[at]));
  close(file_with(path, "", 0));
  expect("ready descriptors", 1, must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 10000)));
  must(read(fd, bytes, sizeof bytes));
  const struct inotify_event *event = (const struct inotify_event *)bytes;
  expect("the watch", watches[at], event->wd);
  expect("the event", IN_CREATE, event->mask);
  expect_text("the name", "new", event->name);
  must(unlink(path));
  free(path);
}

int main(void) {
  begin();
  const char *parent = own_path("many");
  must(mkdir(parent, 0700));
  int fd = (int)must(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  for (int i = 0; i < COUNT; i++) {
    must(asprintf(&directories[i], "%s/%d", parent, i));
    must(mkdir(directories[i], 0700));
    watches[i] = (int)must(inotify_add_watch(fd, directories[i], IN_CREATE));
  }
  for (int i = 0; i < COUNT; i += 3) must(inotify_rm_watch(fd, watches[i]));
  for (int i = 0; i < COUNT; i += 6) watches[i] = (int)must(inotify_add_watch(fd, directories[i], IN_CREATE));
  char bytes[4096];
  while (read(fd, bytes, sizeof bytes) > 0) continue;
  await_go();
  for (int i = 0; i < COUNT; i++)
    if (i % 3 != 0 || i % 6 == 0) told(fd, i);
  for (int i = 0; i < COUNT; i++) must(rmdir(directories[i]));
  must(rmdir(parent));
  done();
}
