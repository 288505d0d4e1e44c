/* Every limit, soft and hard. */
#include "check.h"
#include <sys/resource.h>

int main(void) {
  begin();
  struct rlimit set[RLIMIT_NLIMITS], now;
  for (int i = 0; i < RLIMIT_NLIMITS; i++) {
    must(getrlimit((__rlimit_resource_t)i, &set[i]));
    if (i == RLIMIT_AS || i == RLIMIT_DATA || i == RLIMIT_STACK) continue;
    if (set[i].rlim_max == RLIM_INFINITY || set[i].rlim_max > 1000000) set[i] = (struct rlimit){300000 + (rlim_t)i, 900000 + (rlim_t)i};
    must(setrlimit((__rlimit_resource_t)i, &set[i]));
  }
  await_go();
  for (int i = 0; i < RLIMIT_NLIMITS; i++) {
    must(getrlimit((__rlimit_resource_t)i, &now));
    expect("a soft limit", set[i].rlim_cur, now.rlim_cur);
    expect("a hard limit", set[i].rlim_max, now.rlim_max);
  }
  done();
}
