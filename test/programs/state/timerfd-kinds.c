/* Timer descriptors: at a time of the day, again and again, by the clock that counts sleep, rung and not yet read, not set. */
#include "check.h"
#include <sys/timerfd.h>

static int made(clockid_t clock, int flags, struct itimerspec spec) {
  int fd = (int)must(timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK));
  must(timerfd_settime(fd, flags, &spec, NULL));
  return fd;
}
static uint64_t rung(int fd) {
  uint64_t count = 0;
  must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 20000));
  must(read(fd, &count, sizeof count));
  return count;
}

int main(void) {
  begin();
  int at_time = made(CLOCK_REALTIME, TFD_TIMER_ABSTIME, (struct itimerspec){{0, 0}, {time(NULL) + 4000, 0}});
  int often = made(CLOCK_MONOTONIC, 0, (struct itimerspec){{0, 3000000}, {0, 3000000}});
  int boot = made(CLOCK_BOOTTIME, 0, (struct itimerspec){{9, 0}, {8000, 0}});
  int ready_one = made(CLOCK_MONOTONIC, 0, (struct itimerspec){{0, 0}, {0, 1}});
  int idle = (int)must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
  nap(5);
  await_go();
  struct itimerspec now;
  must(timerfd_gettime(at_time, &now));
  expect("whether one at a time of the day runs", true, now.it_value.tv_sec > 3800 && now.it_value.tv_sec <= 4000);
  must(timerfd_gettime(boot, &now));
  expect("whether the one that counts sleep runs", true, now.it_value.tv_sec > 7800 && now.it_value.tv_sec <= 8000);
  expect("its interval", 9, now.it_interval.tv_sec);
  expect("whether one that was set often has rung", true, rung(often) >= 1);
  expect("whether it rings again", true, rung(often) >= 1);
  expect("how often one has rung that was not read", 1, rung(ready_one));
  expect_errno(EAGAIN, read(ready_one, &(uint64_t){0}, 8));
  must(timerfd_gettime(idle, &now));
  expect("whether one that was not set runs", 0, now.it_value.tv_sec + now.it_value.tv_nsec);
  must(timerfd_settime(idle, 0, &(struct itimerspec){{0, 0}, {0, 1000000}}, NULL));
  expect("how often it rings when it is set", 1, rung(idle));
  done();
}
