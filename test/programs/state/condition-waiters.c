/* Threads that wait on condition variables are woken by signal and broadcast afterwards, each once. */
#include "thread.h"

enum { WAITERS = 8 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one = PTHREAD_COND_INITIALIZER, all = PTHREAD_COND_INITIALIZER, back = PTHREAD_COND_INITIALIZER;
static int tickets, woken_by_one, open_to_all, woken_by_all;

static void wait_twice(void *unused) {
  (void)unused;
  must_zero(pthread_mutex_lock(&lock));
  while (tickets == 0) must_zero(pthread_cond_wait(&one, &lock));
  tickets--;
  woken_by_one++;
  must_zero(pthread_cond_signal(&back));
  while (!open_to_all) must_zero(pthread_cond_wait(&all, &lock));
  woken_by_all++;
  must_zero(pthread_mutex_unlock(&lock));
}

int main(void) {
  begin();
  struct sleeper waiters[WAITERS] = {0};
  for (int i = 0; i < WAITERS; i++) sleep_in(&waiters[i], wait_twice, NULL);
  await_go();
  must_zero(pthread_mutex_lock(&lock));
  for (int i = 0; i < WAITERS; i++) {
    expect("threads that were woken", i, woken_by_one);
    tickets++;
    must_zero(pthread_cond_signal(&one));
    while (woken_by_one <= i) must_zero(pthread_cond_wait(&back, &lock));
  }
  open_to_all = 1;
  must_zero(pthread_cond_broadcast(&all));
  must_zero(pthread_mutex_unlock(&lock));
  for (int i = 0; i < WAITERS; i++) join(&waiters[i]);
  expect("threads that the broadcast woke", WAITERS, woken_by_all);
  done();
}
