#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptor-table.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/late.h"
#include "checkpoint/forge/shared.h"
#include <sys/epoll.h>

static int place(int fd, const struct image_fd *at) {
  if (fd < 0) return -1;
  if (fd == at->fd) {
    long r = sys3(SYS_fcntl, fd, F_SETFD, at->cloexec ? FD_CLOEXEC : 0);
    return r < 0 ? fail_number(r, "set the flags of descriptor", at->fd) : 0;
  }
  long r = sys3(SYS_dup3, fd, at->fd, at->cloexec ? O_CLOEXEC : 0);
  sys_close(fd);
  return r < 0 ? fail_number(r, "place descriptor", at->fd) : 0;
}

static int install(const struct image_fd *at) {
  const struct description *d = description_by_id(at->description);
  if (d->late) return place(make_late(d), at);
  long r = sys3(SYS_dup3, d->fd, at->fd, at->cloexec ? O_CLOEXEC : 0);
  return r < 0 ? fail_number(r, "place descriptor", at->fd) : 0;
}

#define HOW (EPOLLONESHOT | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE)

/* Told once, and not asked for again: of such an item nothing is told, not even an end. The kernel leads there by telling something alone. */
static int is_spent(const struct image_epoll_item *item) { return (item->events & EPOLLONESHOT) && !(item->events & ~HOW); }

/* What it could be told of is asked for, for a moment. One that is ready for nothing is told of its end, once. */
static long watch_spent(int set, const struct image_epoll_item *item) {
  struct epoll_event event = {.events = item->events | EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP, .data.u64 = item->data}, told;
  long r = sys4(SYS_epoll_ctl, set, EPOLL_CTL_ADD, item->fd, &event);
  if (r >= 0) r = sys4(SYS_epoll_wait, set, &told, 1, 0);
  if (r != 0) return r;
  event.events = item->events;
  return sys4(SYS_epoll_ctl, set, EPOLL_CTL_MOD, item->fd, &event);
}

static long watch(int set, const struct image_epoll_item *item) {
  struct epoll_event event = {.events = item->events, .data.u64 = item->data};
  return sys4(SYS_epoll_ctl, set, EPOLL_CTL_ADD, item->fd, &event);
}

/* An item is known by the number that its file had in the process that added it. Closed there since, it can still be in the
 * set through a copy elsewhere; it then has no number to be added by, and is left out. */
static int fill_epoll(const struct description *d) {
  const struct image_epoll *e = d->item.data;
  const struct image_epoll_item *items = (const void *)(e + 1);
  uint32_t room = (uint32_t)((d->item.size - sizeof *e) / sizeof *items), count = e->count < room ? e->count : room;
  for (int spent = 1; spent >= 0; spent--) /* those first, for nobody else may be told meanwhile */
    for (uint32_t i = 0; i < count; i++) {
      if (is_spent(&items[i]) != spent) continue;
      long r = spent ? watch_spent(d->fd, &items[i]) : watch(d->fd, &items[i]);
      if (r < 0 && r != -EBADF) return fail_number(r, "watch descriptor", items[i].fd);
    }
  return 0;
}

static int fill_epolls(uint32_t pid) {
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct description *d = &image.descriptions[i];
    const struct image_epoll *e = d->item.data;
    if (d->item.head->type == RECORD_EPOLL && d->fd >= 0 && e->owner_pid == pid && fill_epoll(d) < 0) return -1;
  }
  return 0;
}

int descriptors_install(const struct process *process) {
  const struct image_fd *fds = process->fds.data;
  uint32_t count = process->fds.size / sizeof *fds;
  if (close_all_but_kept() < 0) return -1;
  for (uint32_t i = 0; i < count; i++)
    if (!description_by_id(fds[i].description)->late && install(&fds[i]) < 0) return -1;
  for (uint32_t i = 0; i < count; i++)
    if (description_by_id(fds[i].description)->late && install(&fds[i]) < 0) return -1;
  return fill_epolls(process->image->pid);
}

int descriptors_of_threads(const struct process *process) {
  const struct image_fd *fds = process->fds.data;
  for (uint32_t i = 0; i < process->fds.size / sizeof *fds; i++) {
    const struct description *d = description_by_id(fds[i].description);
    if (d->late && is_of_thread(d) && place(make_of_thread(d, fds[i].fd), &fds[i]) < 0) return -1;
  }
  return 0;
}
