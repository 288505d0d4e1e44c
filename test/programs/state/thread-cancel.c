/* Threads from before can be cancelled and signalled: glibc keeps their ids, which must still be theirs. */
#include "thread.h"

static struct channel never;
static _Atomic int cleaned, signalled_tid;

static void clean(void *unused) {
  (void)unused;
  cleaned++;
}
static void *wait_for_ever(void *tid) {
  *(_Atomic pid_t *)tid = own_tid();
  pthread_cleanup_push(clean, NULL);
  hear(never);
  pthread_cleanup_pop(0);
  return NULL;
}
static void handler(int number) {
  (void)number;
  signalled_tid = own_tid();
}

int main(void) {
  begin();
  never = channel();
  signal(SIGUSR2, handler);
  pthread_t thread;
  _Atomic pid_t tid = 0;
  must_zero(pthread_create(&thread, NULL, wait_for_ever, (void *)&tid));
  while (tid == 0) nap(1);
  until_state(getpid(), tid, 'S');
  await_go();
  must_zero(pthread_kill(thread, SIGUSR2));
  for (int i = 0; i < 10000 && signalled_tid == 0; i++) nap(1);
  expect("the thread that a signal reached", tid, signalled_tid);
  cpu_set_t set;
  must_zero(pthread_getaffinity_np(thread, sizeof set, &set));
  must_zero(pthread_cancel(thread));
  void *result;
  must_zero(pthread_join(thread, &result));
  expect("the result of a cancelled thread", (intptr_t)PTHREAD_CANCELED, (intptr_t)result);
  expect("clean-up handlers that ran", 1, cleaned);
  done();
}
