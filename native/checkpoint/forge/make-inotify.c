#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/inotify.h>

/* Watch numbers only grow: one is reached by giving back those below it. */
#define MOST_STEPS 100000

/* The path is of what is watched itself: of a symbolic link where that is. */
static int watch(int fd, const struct image_inotify_watch *w, const char *path) {
  for (int step = 0; step < MOST_STEPS; step++) {
    long wd = sys3(SYS_inotify_add_watch, fd, path, w->mask | IN_DONT_FOLLOW);
    if (wd == w->wd) return 0;
    if (wd < 0) return fail(wd, "watch", path);
    if (wd > w->wd) break;
    if ((wd = sys2(SYS_inotify_rm_watch, fd, wd)) < 0) return fail(wd, "give back a watch on", path);
  }
  return fail(-EOVERFLOW, "give its old number to the watch on", path);
}

/* Step 330: the watches given back have left events behind. */
static void drain(int fd) {
  static char events[4096];
  while (sys_read(fd, events, sizeof events) > 0) {}
}

int make_inotify(struct description *d) {
  const struct image_inotify *inotify = d->item.data;
  long fd = sys1(SYS_inotify_init1, O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fail_number(fd, "make inotify", d->item.head->id);
  const char *at = (const char *)(inotify + 1), *end = (const char *)d->item.data + d->item.size;
  for (uint32_t i = 0; i < inotify->count; i++) {
    const struct image_inotify_watch *w = (const void *)at;
    const char *path = (const char *)(w + 1);
    if (path > end || w->path_size > (uint64_t)(end - path)) return fail_number(-EPROTO, "read the watches of inotify", d->item.head->id);
    char *name = heap_take(w->path_size + 1);
    if (!name) return fail(-ENOMEM, "watch", "a path");
    memcpy(name, path, w->path_size);
    if (watch((int)fd, w, path_here(name)) < 0) return -1;
    at = path + ((w->path_size + 7) & ~7u);
  }
  drain((int)fd);
  long r = inotify->flags & O_NONBLOCK ? 0 : sys3(SYS_fcntl, fd, F_SETFL, 0);
  return r < 0 ? fail_number(r, "set the flags of inotify", d->item.head->id) : (int)fd;
}
