/* Locks that a thread holds: glibc compares their owner with the thread's id when they are taken once more, and when they are given back. */
#include "thread.h"

static pthread_mutex_t locks[3];
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER;
static const int kinds[3] = {PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_NORMAL};

static void make(int i) {
  pthread_mutexattr_t attributes;
  must_zero(pthread_mutexattr_init(&attributes));
  must_zero(pthread_mutexattr_settype(&attributes, kinds[i]));
  if (kinds[i] == PTHREAD_MUTEX_NORMAL) must_zero(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
  must_zero(pthread_mutex_init(&locks[i], &attributes));
}

static void take_all(void) {
  for (int i = 0; i < 3; i++) must_zero(pthread_mutex_lock(&locks[i]));
  must_zero(pthread_mutex_lock(&locks[0]));
  must_zero(pthread_rwlock_wrlock(&written));
}

static void give_all_back(void) {
  must_zero(pthread_mutex_lock(&locks[0]));
  for (int i = 0; i < 3; i++) must_zero(pthread_mutex_unlock(&locks[0]));
  expect("a lock that is held already", EDEADLK, pthread_mutex_lock(&locks[1]));
  must_zero(pthread_mutex_unlock(&locks[1]));
  must_zero(pthread_mutex_unlock(&locks[2]));
  must_zero(pthread_rwlock_unlock(&written));
}

static int go[2];
static void holder(void *nothing) {
  (void)nothing;
  char byte;
  take_all();
  expect("a byte that says go", 1, must(read(go[0], &byte, 1)));
  give_all_back();
}

int main(void) {
  begin();
  static struct sleeper holding;
  for (int i = 0; i < 3; i++) make(i);
  must(pipe(go));
  sleep_in(&holding, holder, NULL);
  await_go();
  expect("a mutex of another", EBUSY, pthread_mutex_trylock(&locks[0]));
  expect("a lock that another writes under", EBUSY, pthread_rwlock_tryrdlock(&written));
  must(write(go[1], "", 1));
  join(&holding);
  take_all();
  give_all_back();
  done();
}
