/* Watches of a symbolic link itself, of one event alone, and of a directory whose removed files tell no more. */
#include "file.h"
#include <sys/inotify.h>

static uint32_t next_event(int fd, int *wd) {
  static char room[4096];
  static ssize_t left;
  static const char *at;
  if (left <= 0) {
    if (poll(&(struct pollfd){fd, POLLIN, 0}, 1, 5000) != 1) fail("no event comes\n");
    left = must(read(fd, room, sizeof room));
    at = room;
  }
  const struct inotify_event *event = (const void *)at;
  at += sizeof *event + event->len;
  left -= (ssize_t)(sizeof *event + event->len);
  *wd = event->wd;
  return event->mask;
}

/* The kernel drops names that nobody uses from its caches when it is short of memory; the files are still watched. Only root may have it do so. */
static void forget_names(void) {
  int caches = open("/proc/sys/vm/drop_caches", O_WRONLY);
  if (caches < 0) return;
  must(write(caches, "2", 1));
  must(close(caches));
}

int main(void) {
  begin();
  const char *directory = own_path("watched");
  char file[128], link[128], inner[128];
  must(mkdir(directory, 0700));
  snprintf(file, sizeof file, "%s/file", directory);
  snprintf(link, sizeof link, "%s-link", directory);
  snprintf(inner, sizeof inner, "%s/inner", directory);
  close(file_with(file, "text", 4));
  must(symlink(file, link));
  int fd = (int)must(inotify_init1(IN_CLOEXEC));
  int of_link = (int)must(inotify_add_watch(fd, link, IN_DELETE_SELF | IN_ATTRIB | IN_DONT_FOLLOW));
  int once = (int)must(inotify_add_watch(fd, file, IN_OPEN | IN_ONESHOT));
  int of_directory = (int)must(inotify_add_watch(fd, directory, IN_MODIFY | IN_CREATE | IN_EXCL_UNLINK | IN_ONLYDIR));
  int held = file_with(inner, "", 0), wd;
  expect("the file's making", IN_CREATE, next_event(fd, &wd));
  forget_names();
  await_go();
  must(chmod(file, 0640)); /* of the file, not of the link */
  must(unlink(link));
  uint32_t got = next_event(fd, &wd);
  if (got == IN_ATTRIB) got = next_event(fd, &wd);
  expect("what becomes of the link", IN_DELETE_SELF, got);
  expect("of which watch", of_link, wd);
  expect("the link's watch ends", IN_IGNORED, next_event(fd, &wd));
  close((int)must(open(file, O_RDONLY)));
  close((int)must(open(file, O_RDONLY)));
  expect("the one event", IN_OPEN, next_event(fd, &wd));
  expect("of which watch", once, wd);
  expect("that watch ends", IN_IGNORED, next_event(fd, &wd));
  must(write(held, "x", 1));
  expect("what is written", IN_MODIFY, next_event(fd, &wd));
  expect("of which watch", of_directory, wd);
  must(unlink(inner));
  must(write(held, "x", 1));
  expect("events of a removed file", 0, poll(&(struct pollfd){fd, POLLIN, 0}, 1, 100));
  must(unlink(file));
  must(rmdir(directory));
  done();
}
