/* A robust mutex whose holder, a thread from before, ends without unlocking it: the next one is told. */
#include "thread.h"

static pthread_mutex_t lock;
static struct channel leave;

static void hold(void *unused) {
  (void)unused;
  must_zero(pthread_mutex_lock(&lock));
  hear(leave);
}

int main(void) {
  begin();
  leave = channel();
  pthread_mutexattr_t attributes;
  must_zero(pthread_mutexattr_init(&attributes));
  must_zero(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
  must_zero(pthread_mutex_init(&lock, &attributes));
  struct sleeper holder = {0};
  sleep_in(&holder, hold, NULL);
  await_go();
  expect("trying what another holds", EBUSY, pthread_mutex_trylock(&lock));
  tell(leave, 1);
  join(&holder);
  expect("locking what one that ended held", EOWNERDEAD, pthread_mutex_lock(&lock));
  must_zero(pthread_mutex_consistent(&lock));
  must_zero(pthread_mutex_unlock(&lock));
  must_zero(pthread_mutex_lock(&lock));
  done();
}
