/* Frozen inside nanosleep, timed waits and ppoll with a time-out: each ends by itself, no earlier than it should, without EINTR. */
#include "thread.h"

static const long MILLISECONDS = 600;
static struct channel never;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static _Atomic int early;

static struct timespec from_now(clockid_t clock) {
  long long end = nanoseconds(clock) + MILLISECONDS * 1000000;
  return (struct timespec){end / 1000000000, end % 1000000000};
}
static void must_take(long long since) { early += nanoseconds(CLOCK_MONOTONIC) < since + MILLISECONDS * 1000000 - 1000000; }
static void in_nanosleep(void *unused) {
  (void)unused;
  long long since = nanoseconds(CLOCK_MONOTONIC);
  must(nanosleep(&(struct timespec){0, MILLISECONDS * 1000000}, NULL));
  must_take(since);
}
static void in_clock_nanosleep(void *unused) {
  (void)unused;
  long long since = nanoseconds(CLOCK_MONOTONIC);
  struct timespec end = from_now(CLOCK_MONOTONIC);
  must_zero(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL));
  must_take(since);
}
static void in_timed_wait(void *unused) {
  (void)unused;
  long long since = nanoseconds(CLOCK_MONOTONIC);
  struct timespec end = from_now(CLOCK_REALTIME);
  must_zero(pthread_mutex_lock(&lock));
  int result;
  do result = pthread_cond_timedwait(&condition, &lock, &end);
  while (result == 0);
  expect("what pthread_cond_timedwait gave", ETIMEDOUT, result);
  must_zero(pthread_mutex_unlock(&lock));
  must_take(since);
}
static void in_poll(void *unused) {
  (void)unused;
  long long since = nanoseconds(CLOCK_MONOTONIC);
  struct pollfd on = {never.from, POLLIN, 0};
  expect("what poll gave", 0, must(poll(&on, 1, (int)MILLISECONDS)));
  must_take(since);
}

int main(void) {
  begin();
  never = channel();
  static void (*const ways[])(void *) = {in_nanosleep, in_clock_nanosleep, in_timed_wait, in_poll};
  static struct sleeper threads[4];
  for (int i = 0; i < 4; i++) sleep_in(&threads[i], ways[i], NULL);
  await_go();
  for (int i = 0; i < 4; i++) join(&threads[i]);
  expect("sleeps that ended early", 0, early);
  done();
}
