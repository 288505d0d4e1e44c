/* For how long, and for how many packets, an epoll set is polled for busily. */
#include "process.h"
#include <sys/epoll.h>
#include <sys/ioctl.h>

struct polling { uint32_t microseconds; uint16_t budget; uint8_t preferred, unused; };
#define SET_POLLING _IOW(0x8a, 1, struct polling)
#define GET_POLLING _IOR(0x8a, 2, struct polling)

static int made(const struct polling *as) {
  int set = (int)must(epoll_create1(EPOLL_CLOEXEC));
  /* An earlier kernel has no such thing, and says so of every number. */
  if (as && ioctl(set, SET_POLLING, as) == -1) expect("why not", ENOTTY, errno);
  return set;
}
static void check(int set, const struct polling *as) {
  struct polling now = {0};
  if (ioctl(set, GET_POLLING, &now) == -1) return;
  expect("microseconds", as->microseconds, now.microseconds);
  expect("budget", as->budget, now.budget);
  expect("whether it is preferred", as->preferred, now.preferred);
}

int main(void) {
  begin();
  static const struct polling one = {.microseconds = 1000000, .budget = 64, .preferred = 1}, other = {.microseconds = 50, .budget = 8}, none = {0};
  int first = made(&one), second = made(&other), plain = made(NULL);
  await_go();
  check(first, &one);
  check(second, &other);
  check(plain, &none);
  done();
}
