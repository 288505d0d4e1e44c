/* timerfds: a periodic one goes on, one that had expired still says how often, one far away and a disarmed one are as they were. */
#include "check.h"
#include <sys/timerfd.h>

static uint64_t expirations(int fd) {
  uint64_t count = 0;
  expect("bytes that a timerfd gives", 8, must(read(fd, &count, 8)));
  return count;
}

int main(void) {
  begin();
  int periodic = (int)must(timerfd_create(CLOCK_MONOTONIC, 0)), expired = (int)must(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  int far = (int)must(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK)), off = (int)must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
  must(timerfd_settime(periodic, 0, &(struct itimerspec){{0, 5000000}, {0, 5000000}}, NULL));
  must(timerfd_settime(expired, 0, &(struct itimerspec){{0, 0}, {0, 1000000}}, NULL));
  struct timespec end = {nanoseconds(CLOCK_BOOTTIME) / 1000000000 + 1000, 0};
  must(timerfd_settime(far, TFD_TIMER_ABSTIME, &(struct itimerspec){{3, 0}, end}, NULL));
  nap(10);
  await_go();
  uint64_t before = expirations(periodic);
  if (before == 0) fail("expirations while nobody asked expected some got none\n");
  for (int i = 0; i < 3; i++) expect("whether it expires again", true, expirations(periodic) >= 1);
  struct itimerspec now;
  must(timerfd_gettime(periodic, &now));
  expect("its interval", 5000000, now.it_interval.tv_nsec);
  expect("expirations of a single one", 1, expirations(expired));
  uint64_t none;
  expect_errno(EAGAIN, read(expired, &none, 8));
  expect("its close-on-exec flag", FD_CLOEXEC, must(fcntl(expired, F_GETFD)));
  must(timerfd_gettime(far, &now));
  expect("whether the far one's time runs", true, now.it_value.tv_sec > 300 && now.it_value.tv_sec <= 1000);
  expect("the far one's interval", 3, now.it_interval.tv_sec);
  expect_errno(EAGAIN, read(far, &none, 8));
  expect_errno(EAGAIN, read(off, &none, 8));
  must(timerfd_settime(off, 0, &(struct itimerspec){{0, 0}, {0, 2000000}}, NULL));
  must(poll(&(struct pollfd){off, POLLIN, 0}, 1, 20000));
  expect("expirations of one armed afterwards", 1, expirations(off));
  done();
}
