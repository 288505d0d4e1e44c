/* Locks for readers and writers: held by two readers, a writer waits; and a barrier that lacks one. */
#include "thread.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static _Atomic int written;
static void writer(void *nothing) {
  (void)nothing;
  must_zero(pthread_rwlock_wrlock(&lock));
  written = 1;
  must_zero(pthread_rwlock_unlock(&lock));
}
static void meet(void *nothing) {
  (void)nothing;
  int result = pthread_barrier_wait(&barrier);
  if (result != PTHREAD_BARRIER_SERIAL_THREAD) must_zero(result);
}

int main(void) {
  begin();
  static struct sleeper waiting, meeting;
  must_zero(pthread_barrier_init(&barrier, NULL, 2));
  must_zero(pthread_rwlock_rdlock(&lock));
  must_zero(pthread_rwlock_rdlock(&lock));
  sleep_in(&waiting, writer, NULL);
  sleep_in(&meeting, meet, NULL);
  await_go();
  must_zero(pthread_rwlock_unlock(&lock));
  nap(5);
  expect("whether the writer waits for the second reader", 0, written);
  must_zero(pthread_rwlock_unlock(&lock));
  join(&waiting);
  expect("whether it has written", 1, written);
  meet(NULL);
  join(&meeting);
  done();
}
