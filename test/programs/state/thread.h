/* Threads that are asleep in a call of their own when the program says that it is ready. */
#pragma once
#include "process.h"
#include <pthread.h>
#include <sys/syscall.h>

UNUSED static pid_t own_tid(void) { return (pid_t)syscall(SYS_gettid); }

struct sleeper {
  pthread_t thread;
  _Atomic pid_t tid;
  void (*work)(void *);
  void *argument;
};
UNUSED static void *sleeper_main(void *pointer) {
  struct sleeper *self = pointer;
  self->tid = own_tid();
  self->work(self->argument);
  return self;
}
/* Starts a thread whose work blocks at once, and returns when it does. */
UNUSED static void sleep_in(struct sleeper *self, void (*work)(void *), void *argument) {
  self->work = work;
  self->argument = argument;
  must_zero(pthread_create(&self->thread, NULL, sleeper_main, self));
  while (self->tid == 0) nap(1);
  until_state(getpid(), self->tid, 'S');
}
UNUSED static void join(struct sleeper *self) {
  void *result = NULL;
  must_zero(pthread_join(self->thread, &result));
  expect("the value that pthread_join gives", (intptr_t)self, (intptr_t)result);
}
