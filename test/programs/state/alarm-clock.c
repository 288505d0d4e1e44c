/* An alarm that is set goes on to run, and rings. */
#include "check.h"
#include <sys/time.h>

static volatile sig_atomic_t rung;
static void handler(int number) { rung = number; }

int main(void) {
  begin();
  signal(SIGALRM, handler);
  alarm(100000);
  await_go();
  unsigned left = alarm(100000);
  expect("whether it runs", true, left > 90000 && left <= 100000);
  must(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 1000}}, NULL));
  for (int i = 0; i < 10000 && !rung; i++) nap(1);
  expect("the signal", SIGALRM, rung);
  expect("what is left of it", 0, alarm(0));
  done();
}
