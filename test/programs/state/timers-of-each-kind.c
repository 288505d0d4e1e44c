/* POSIX timers: by each clock, with a signal, with one to a thread, and with none; once, again and again, and not set. */
#include "thread.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static timer_t made(clockid_t clock, int notify, int number, int value) {
  struct sigevent event = {.sigev_notify = notify, .sigev_signo = number, .sigev_value.sival_int = value};
  if (notify == SIGEV_THREAD_ID) event.sigev_notify_thread_id = own_tid();
  timer_t timer;
  must(timer_create(clock, &event, &timer));
  return timer;
}
static void set(timer_t timer, long first_ms, long then_ms) {
  struct itimerspec spec = {{then_ms / 1000, then_ms % 1000 * 1000000}, {first_ms / 1000, first_ms % 1000 * 1000000}};
  must(timer_settime(timer, 0, &spec, NULL));
}
static long left_ms(timer_t timer) {
  struct itimerspec spec;
  must(timer_gettime(timer, &spec));
  return spec.it_value.tv_sec * 1000 + spec.it_value.tv_nsec / 1000000;
}

int main(void) {
  begin();
  sigset_t signals;
  sigemptyset(&signals);
  for (int i = 0; i < 3; i++) sigaddset(&signals, SIGRTMIN + i);
  must(sigprocmask(SIG_BLOCK, &signals, NULL));
  timer_t once = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 11), often = made(CLOCK_REALTIME, SIGEV_THREAD_ID, SIGRTMIN + 1, 12);
  timer_t silent = made(CLOCK_BOOTTIME, SIGEV_NONE, 0, 0), idle = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN + 2, 13);
  timer_t worked = made(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGRTMIN + 2, 14);
  set(silent, 1000000, 5000);
  set(once, 3000000, 0);
  set(often, 3000000, 20);
  await_go();
  struct itimerspec spec;
  siginfo_t about;
  struct timespec patience = {5, 0};
  expect("whether the silent one runs", true, left_ms(silent) > 900000 && left_ms(silent) <= 1000000);
  must(timer_gettime(silent, &spec));
  expect("its interval", 5, spec.it_interval.tv_sec);
  expect("whether the next runs", true, left_ms(once) > 2900000 && left_ms(once) <= 3000000);
  expect("whether one that was not set runs", 0, left_ms(idle));
  set(once, 1, 0);
  expect("the signal of one that rings once", SIGRTMIN, must(sigtimedwait(&signals, &about, &patience)));
  expect("its value", 11, about.si_value.sival_int);
  set(often, 1, 20);
  for (int i = 0; i < 3; i++) {
    expect("the signal of one that rings often", SIGRTMIN + 1, must(sigtimedwait(&signals, &about, &patience)));
    expect("its value", 12, about.si_value.sival_int);
  }
  must(timer_delete(often));
  set(worked, 10, 0);
  int got = -1;
  for (long long until = nanoseconds(CLOCK_MONOTONIC) + 5000000000ll; got == -1 && nanoseconds(CLOCK_MONOTONIC) < until;)
    got = sigtimedwait(&signals, &about, &(struct timespec){0, 0});
  expect("the signal of one that counts work", SIGRTMIN + 2, got);
  expect("its value", 14, about.si_value.sival_int);
  must(timer_delete(once));
  must(timer_delete(idle));
  timer_t next = made(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
  must(timer_delete(next));
  done();
}
