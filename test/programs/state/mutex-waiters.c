/* A mutex that is held, with threads queued for it: normal, recursive, error-checking and priority-inheriting. */
#include "thread.h"

enum { KINDS = 4, WAITERS = 3 };
static pthread_mutex_t locks[KINDS];
static int got[KINDS];

static void queue_for(void *argument) {
  long kind = (long)argument;
  must_zero(pthread_mutex_lock(&locks[kind]));
  got[kind]++;
  must_zero(pthread_mutex_unlock(&locks[kind]));
}

int main(void) {
  begin();
  static const int types[KINDS] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_NORMAL};
  static struct sleeper waiters[KINDS][WAITERS];
  for (long kind = 0; kind < KINDS; kind++) {
    pthread_mutexattr_t attributes;
    must_zero(pthread_mutexattr_init(&attributes));
    must_zero(pthread_mutexattr_settype(&attributes, types[kind]));
    if (kind == 3) must_zero(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    must_zero(pthread_mutex_init(&locks[kind], &attributes));
    must_zero(pthread_mutex_lock(&locks[kind]));
    for (int i = 0; i < WAITERS; i++) sleep_in(&waiters[kind][i], queue_for, (void *)kind);
  }
  await_go();
  for (int kind = 0; kind < KINDS; kind++) {
    expect("threads that got a mutex while it was held", 0, got[kind]);
    if (types[kind] == PTHREAD_MUTEX_ERRORCHECK) expect("locking what one holds", EDEADLK, pthread_mutex_lock(&locks[kind]));
    else if (types[kind] != PTHREAD_MUTEX_RECURSIVE) expect("trying what one holds", EBUSY, pthread_mutex_trylock(&locks[kind]));
    must_zero(pthread_mutex_unlock(&locks[kind]));
    for (int i = 0; i < WAITERS; i++) join(&waiters[kind][i]);
    expect("threads that got the mutex", WAITERS, got[kind]);
  }
  done();
}
