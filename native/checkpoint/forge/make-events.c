/* eventfd, signalfd, timerfd, epoll: descriptions whose state is a few numbers. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"

static int named(long fd, const char *what, const struct description *d) {
  return fd < 0 ? fail_number(fd, what, d->item.head->id) : (int)fd;
}

int make_eventfd(struct description *d) {
  const struct image_eventfd *e = d->item.data;
  int first = e->count > 0x7fffffff ? 0 : (int)e->count;
  int flags = (int)(e->flags & O_NONBLOCK) | O_CLOEXEC | (e->semaphore ? 1 /* EFD_SEMAPHORE */ : 0);
  long fd = sys2(SYS_eventfd2, first, flags);
  if (fd >= 0 && e->count != (uint64_t)first) {
    long n = sys_write(fd, &e->count, sizeof e->count);
    if (n < 0) return named(n, "count up eventfd", d);
  }
  return named(fd, "make eventfd", d);
}

int make_signalfd(struct description *d) {
  const struct image_signalfd *s = d->item.data;
  return named(sys4(SYS_signalfd4, -1, &s->mask, 8, (s->flags & O_NONBLOCK) | O_CLOEXEC), "make signalfd", d);
}

/* Armed last of all: see timers.h. */
int make_timerfd(struct description *d) {
  const struct image_timerfd *t = d->item.data;
  return named(sys2(SYS_timerfd_create, t->clock, (t->flags & O_NONBLOCK) | O_CLOEXEC), "make timerfd", d);
}

/* Empty: its items are known by descriptor numbers, which only the process has that owns them (fill_epolls()). */
int make_epoll(struct description *d) {
  enum { SET_PARAMETERS = 0x40088a01 }; /* EPIOCSPARAMS */
  const uint32_t polling = ((const struct image_epoll *)d->item.data)->polling;
  const struct { uint32_t microseconds; uint16_t budget; uint8_t preferred, unused; } parameters = {
      polling & ((1u << EPOLL_BUDGET_SHIFT) - 1), (uint16_t)((polling & ~EPOLL_PREFERS_POLLING) >> EPOLL_BUDGET_SHIFT), !!(polling & EPOLL_PREFERS_POLLING), 0};
  long fd = sys1(SYS_epoll_create1, O_CLOEXEC);
  long r = fd >= 0 && polling ? sys3(SYS_ioctl, fd, SET_PARAMETERS, &parameters) : 0;
  return named(r < 0 ? r : fd, "make epoll", d);
}
