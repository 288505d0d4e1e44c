/* Interval timers by the clock, by the program's own work, and by that and the kernel's for it. */
#include "check.h"
#include <sys/time.h>

static volatile sig_atomic_t rung[65];
static void handler(int number) { rung[number]++; }

int main(void) {
  begin();
  const int kinds[3] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}, signals[3] = {SIGALRM, SIGVTALRM, SIGPROF};
  for (int i = 0; i < 3; i++) {
    signal(signals[i], handler);
    must(setitimer((__itimer_which_t)kinds[i], &(struct itimerval){{7, 0}, {5000 + i, 0}}, NULL));
  }
  await_go();
  for (int i = 0; i < 3; i++) {
    struct itimerval now;
    must(getitimer((__itimer_which_t)kinds[i], &now));
    expect("the interval", 7, now.it_interval.tv_sec);
    expect("whether it runs", true, now.it_value.tv_sec >= 4900 && now.it_value.tv_sec <= 5000 + i);
    must(setitimer((__itimer_which_t)kinds[i], &(struct itimerval){{0, 0}, {0, 2000}}, NULL));
    long long until = nanoseconds(CLOCK_MONOTONIC) + 5000000000ll;
    while (!rung[signals[i]] && nanoseconds(CLOCK_MONOTONIC) < until) continue;
    expect("how often it has rung", 1, rung[signals[i]]);
  }
  done();
}
