/* Threads from before are joined, detached ones end, and new ones are made, also from other threads. */
#include "thread.h"

static struct channel leave;
static _Atomic int ended;

static void *end_at_once(void *argument) { return argument; }
static void *end_when_told(void *argument) {
  hear(leave);
  ended++;
  return argument;
}
static void *make_another(void *argument) {
  pthread_t inner;
  void *result = NULL;
  must_zero(pthread_create(&inner, NULL, end_at_once, argument));
  must_zero(pthread_join(inner, &result));
  return result;
}

int main(void) {
  begin();
  leave = channel();
  pthread_t finished, living, loose, fresh;
  void *result;
  must_zero(pthread_create(&finished, NULL, end_at_once, (void *)41));
  must_zero(pthread_create(&living, NULL, end_when_told, (void *)42));
  must_zero(pthread_create(&loose, NULL, end_when_told, (void *)43));
  must_zero(pthread_detach(loose));
  nap(20);
  await_go();
  must_zero(pthread_join(finished, &result));
  expect("the result of a thread that had ended", 41, (intptr_t)result);
  expect("joining a thread that lives", EBUSY, pthread_tryjoin_np(living, &result));
  tell(leave, 1);
  tell(leave, 1);
  must_zero(pthread_join(living, &result));
  expect("the result of a thread from before", 42, (intptr_t)result);
  for (int i = 0; i < 10000 && ended < 2; i++) nap(1);
  expect("threads that ended", 2, ended);
  for (intptr_t i = 0; i < 200; i++) {
    must_zero(pthread_create(&fresh, NULL, i % 10 == 0 ? make_another : end_at_once, (void *)i));
    must_zero(pthread_join(fresh, &result));
    expect("the result of a new thread", i, (intptr_t)result);
  }
  done();
}
