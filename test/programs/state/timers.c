/* Timers of a process: setitimer of each kind, alarm, POSIX timers by signal and by thread; periodic ones go on, single ones come once. */
#include "thread.h"
#include <sys/time.h>

static volatile sig_atomic_t alarms, virtual_alarms, queued_values;
static _Atomic int notified;
static void count(int number) {
  alarms += number == SIGALRM;
  virtual_alarms += number == SIGVTALRM;
}
static void count_value(int number, siginfo_t *about, void *context) {
  (void)number, (void)context;
  queued_values += about->si_value.sival_int == 77;
}
static void notify(union sigval value) { notified += value.sival_int; }
static void until(const char *what, volatile sig_atomic_t *counter, int more) {
  int goal = *counter + more;
  for (int i = 0; i < 10000 && *counter < goal; i++) nap(1);
  if (*counter < goal) fail("%s expected %d more got %d\n", what, more, more - (goal - *counter));
}

int main(void) {
  begin();
  signal(SIGALRM, count);
  signal(SIGVTALRM, count);
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_sigaction = count_value, .sa_flags = SA_SIGINFO | SA_RESTART}, NULL));
  const struct itimerval often = {{0, 10000}, {0, 10000}};
  const struct itimerspec often_too = {{0, 10000000}, {0, 10000000}};
  must(setitimer(ITIMER_REAL, &often, NULL));
  must(setitimer(ITIMER_VIRTUAL, &often, NULL));
  timer_t by_signal, by_thread, far, disarmed;
  must(timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_NONE}, &disarmed));
  must(timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 77}, &by_signal));
  must(timer_create(CLOCK_REALTIME, &(struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify, .sigev_value.sival_int = 1}, &by_thread));
  must(timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_NONE}, &far));
  must(timer_settime(by_signal, 0, &often_too, NULL));
  must(timer_settime(by_thread, 0, &often_too, NULL));
  must(timer_settime(far, 0, &(struct itimerspec){{5, 0}, {1000, 0}}, NULL));
  await_go();
  until("alarms", &alarms, 3);
  int goal = virtual_alarms + 1;
  for (long long end = nanoseconds(CLOCK_MONOTONIC) + 10000000000; virtual_alarms < goal && nanoseconds(CLOCK_MONOTONIC) < end;) continue;
  if (virtual_alarms < goal) fail("virtual alarms expected one more got none\n");
  until("signals of a POSIX timer", &queued_values, 3);
  goal = notified + 3;
  for (int i = 0; i < 10000 && notified < goal; i++) nap(1);
  if (notified < goal) fail("calls of a timer's function expected 3 more got %d\n", notified + 3 - goal);
  struct itimerspec left;
  struct itimerval old;
  must(timer_gettime(far, &left));
  expect("whether the far timer's time runs", true, left.it_value.tv_sec > 300 && left.it_value.tv_sec < 1000);
  expect("its interval", 5, left.it_interval.tv_sec);
  must(timer_gettime(disarmed, &left));
  expect("time left of a disarmed timer", 0, left.it_value.tv_sec + left.it_value.tv_nsec);
  must(getitimer(ITIMER_REAL, &old));
  expect("interval of the real timer", 10000, old.it_interval.tv_usec);
  must(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL));
  must(timer_delete(by_signal));
  must(timer_delete(far));
  must(timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_NONE}, &far));
  alarm(1);
  until("an alarm", &alarms, 1);
  done();
}
