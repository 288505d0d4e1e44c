/* The clocks that count from the machine's start never go back, and what waits for an hour of them waits for the right one: wherever the
 * program is brought back. Two of them, a child's too. */
#include "thread.h"
#include <sys/syscall.h>
#include <sys/timerfd.h>

static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME};
enum { CLOCKS = sizeof clocks / sizeof *clocks };
static const long long second = 1000000000;
static long long before[CLOCKS];

static long long by_kernel(clockid_t clock) {
  struct timespec now;
  must(syscall(SYS_clock_gettime, clock, &now));
  return now.tv_sec * second + now.tv_nsec;
}
static struct timespec at(long long when) { return (struct timespec){when / second, when % second}; }

/* No earlier than before, and not hours later either. */
static void look_at_clocks(void) {
  for (int i = 0; i < CLOCKS; i++) {
    long long first = by_kernel(clocks[i]), second_look = nanoseconds(clocks[i]);
    if (first < before[i] || second_look < first) fail("clock %d expected at least %lld got %lld and %lld\n", (int)clocks[i], before[i], first, second_look);
    if (second_look - before[i] > 3600 * second) fail("clock %d expected a little after %lld got %lld\n", (int)clocks[i], before[i], second_look);
  }
}
static void wait_until(clockid_t clock) {
  long long goal = nanoseconds(clock) + second / 50;
  struct timespec when = at(goal);
  must_zero(clock_nanosleep(clock, TIMER_ABSTIME, &when, NULL));
  if (nanoseconds(clock) < goal) fail("clock %d expected %lld after the sleep got %lld\n", (int)clock, goal, nanoseconds(clock));
}

/* Sleeps when it is frozen, until an hour that comes soon after. */
static long long alarm_at;
static void *sleeper(void *unused) {
  struct timespec when = at(alarm_at);
  must_zero(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL));
  if (nanoseconds(CLOCK_MONOTONIC) < alarm_at) fail("the sleeper expected %lld got %lld\n", alarm_at, nanoseconds(CLOCK_MONOTONIC));
  return unused;
}
static void *waiter(void *unused) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t never;
  pthread_condattr_t kind;
  must_zero(pthread_condattr_init(&kind));
  must_zero(pthread_condattr_setclock(&kind, CLOCK_MONOTONIC));
  must_zero(pthread_cond_init(&never, &kind));
  struct timespec when = at(alarm_at);
  must_zero(pthread_mutex_lock(&mutex));
  int result = 0;
  while (result == 0) result = pthread_cond_timedwait(&never, &mutex, &when);
  expect("how the wait ended", ETIMEDOUT, result);
  if (nanoseconds(CLOCK_MONOTONIC) < alarm_at) fail("the waiter expected %lld got %lld\n", alarm_at, nanoseconds(CLOCK_MONOTONIC));
  return unused;
}

int main(void) {
  begin();
  for (int i = 0; i < CLOCKS; i++) before[i] = nanoseconds(clocks[i]);
  alarm_at = before[0] + 2 * second;
  int timer = (int)must(timerfd_create(CLOCK_MONOTONIC, 0)), far = (int)must(timerfd_create(CLOCK_BOOTTIME, 0));
  struct itimerspec spec = {.it_value = at(before[2] + 500000 * second)};
  must(timerfd_settime(far, TFD_TIMER_ABSTIME, &spec, NULL));
  pthread_t threads[2];
  must_zero(pthread_create(&threads[0], NULL, sleeper, NULL));
  must_zero(pthread_create(&threads[1], NULL, waiter, NULL));
  await_go();
  look_at_clocks();
  must(timerfd_gettime(far, &spec));
  expect("whether the far timer has its hours before it", true, spec.it_value.tv_sec <= 500000 && spec.it_value.tv_sec > 500000 - 3600);
  wait_until(CLOCK_MONOTONIC);
  wait_until(CLOCK_BOOTTIME);
  long long goal = nanoseconds(CLOCK_MONOTONIC) + second / 50;
  spec = (struct itimerspec){.it_value = at(goal)};
  must(timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL));
  uint64_t times;
  expect("bytes of the timer", sizeof times, must(read(timer, &times, sizeof times)));
  expect("how often it rang", 1, times);
  if (nanoseconds(CLOCK_MONOTONIC) < goal) fail("the timer expected %lld got %lld\n", goal, nanoseconds(CLOCK_MONOTONIC));
  for (int i = 0; i < 2; i++) must_zero(pthread_join(threads[i], NULL));
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    look_at_clocks();
    _exit(0);
  }
  int status;
  expect("the child", child, must(waitpid(child, &status, 0)));
  expect("how it ended", 0, status);
  done();
}
