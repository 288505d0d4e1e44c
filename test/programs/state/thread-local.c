/* Thread-local storage, static and by keys, is each thread's own, and so is errno; FS is where it was. */
#include "thread.h"

enum { THREADS = 6 };
static __thread uint64_t own[64];
static pthread_key_t key;
static struct channel leave;
static _Atomic int destroyed;

static void destroy(void *value) {
  (void)value;
  destroyed++;
}
static void keep(void *argument) {
  uint64_t number = (uint64_t)argument;
  uint64_t self = (uint64_t)pthread_self();
  for (uint64_t i = 0; i < 64; i++) own[i] = number * 1000 + i;
  must_zero(pthread_setspecific(key, (void *)(number + 100)));
  hear(leave);
  expect("pthread_self", self, (uint64_t)pthread_self());
  for (uint64_t i = 0; i < 64; i++) expect("a thread's own word", number * 1000 + i, own[i]);
  expect("the value of a key", number + 100, (uint64_t)pthread_getspecific(key));
  errno = 0;
  expect("read of nothing", -1, read(-1, &self, 1));
  expect("a thread's errno", EBADF, errno);
}

int main(void) {
  begin();
  leave = channel();
  must_zero(pthread_key_create(&key, destroy));
  struct sleeper threads[THREADS] = {0};
  own[0] = 42;
  for (uint64_t i = 0; i < THREADS; i++) sleep_in(&threads[i], keep, (void *)i);
  errno = 77;
  await_go();
  for (int i = 0; i < THREADS; i++) tell(leave, 1);
  for (int i = 0; i < THREADS; i++) join(&threads[i]);
  expect("the main thread's own word", 42, own[0]);
  expect("destructors that ran", THREADS, destroyed);
  done();
}
