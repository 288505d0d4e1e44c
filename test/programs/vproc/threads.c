/* Threads are named by their own ids, and by pthread_t. */
#include "check.h"
#include <time.h>

static _Atomic int signals, ready, leave;
static pid_t worker;

static void counted(int number) {
  (void)number;
  CHECK(gettid() == worker);
  signals++;
}

static void *work(void *unused) {
  (void)unused;
  worker = gettid();
  ready = 1;
  while (!leave) usleep(500);
  return NULL;
}

static void await(int count) {
  for (int i = 0; i < 10000 && signals < count; i++) usleep(500);
  CHECK(signals == count);
}

static void by_timer(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
  event._sigev_un._tid = worker;
  timer_t timer;
  struct itimerspec once = {.it_value = {0, 1000000}};
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &once, NULL) == 0);
  await(4);
  CHECK(timer_delete(timer) == 0);
  event._sigev_un._tid = 0x3ffffffe;
  FAILS(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
}

static void scheduled(pthread_t thread) {
  struct sched_param param = {0};
  cpu_set_t set;
  int policy;
  CHECK(sched_getscheduler(worker) == SCHED_OTHER && sched_getparam(worker, &param) == 0);
  CHECK(sched_setscheduler(worker, SCHED_BATCH, &param) == 0 && sched_getscheduler(worker) == SCHED_BATCH);
  CHECK(pthread_getschedparam(thread, &policy, &param) == 0 && policy == SCHED_BATCH);
  CHECK(sched_getaffinity(worker, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 && sched_setaffinity(worker, sizeof set, &set) == 0);
  CHECK(pthread_setaffinity_np(thread, sizeof set, &set) == 0 && pthread_getaffinity_np(thread, sizeof set, &set) == 0);
  CHECK(pthread_setname_np(thread, "worker") == 0);
  clockid_t clock;
  struct timespec used;
  CHECK(pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &used) == 0);
  FAILS(sched_getscheduler(0x3ffffffe), ESRCH);
}

int main(void) {
  pthread_t thread;
  CHECK(signal(SIGUSR1, counted) != SIG_ERR && pthread_create(&thread, NULL, work, NULL) == 0);
  while (!ready) usleep(500);
  CHECK(pthread_kill(thread, SIGUSR1) == 0);
  await(1);
  CHECK(tgkill(getpid(), worker, SIGUSR1) == 0);
  await(2);
  CHECK(syscall(SYS_tkill, worker, SIGUSR1) == 0);
  await(3);
  by_timer();
  scheduled(thread);
  leave = 1;
  CHECK(pthread_join(thread, NULL) == 0);
  /* It is joined a moment before the kernel has taken its number away. */
  for (int i = 0; i < 10000 && tgkill(getpid(), worker, 0) == 0; i++) usleep(1000);
  FAILS(tgkill(getpid(), worker, 0), ESRCH);
  return done();
}
