/* A new thread doesn't inherit that its calls are sent to the library: it asks for that itself, before its function runs. What it has to know
 * stands on its maker's stack, which waits until it has been read. */
#include "preload/dispatch.h"
#include "preload/next.h"
#include <linux/futex.h>
#include <pthread.h>
#include <threads.h>

struct start {
  union { void *(*posix)(void *); thrd_start_t c11; } function;
  void *argument;
  _Atomic uint32_t taken;
};

static struct start take(void *given) {
  struct start *at = given, own = {.function = at->function, .argument = at->argument};
  atomic_store(&at->taken, 1);
  raw6(SYS_futex, (long)&at->taken, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0); /* the word may be gone by now, which harms nobody */
  dispatch_thread();
  return own;
}

static void *begin(void *given) {
  struct start own = take(given);
  return own.function.posix(own.argument);
}

static int begin_c11(void *given) {
  struct start own = take(given);
  return own.function.c11(own.argument);
}

static void wait_until_taken(struct start *start) {
  while (atomic_load(&start->taken) == 0) raw6(SYS_futex, (long)&start->taken, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
}

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*function)(void *), void *restrict argument) {
  if (LIKELY(!dispatch_on())) return NEXT(pthread_create)(thread, attributes, function, argument);
  struct start start = {.function.posix = function, .argument = argument};
  int result = NEXT(pthread_create)(thread, attributes, begin, &start);
  if (result == 0) wait_until_taken(&start);
  return result;
}

EXPORT int thrd_create(thrd_t *thread, thrd_start_t function, void *argument) {
  if (LIKELY(!dispatch_on())) return NEXT(thrd_create)(thread, function, argument);
  struct start start = {.function.c11 = function, .argument = argument};
  int result = NEXT(thrd_create)(thread, begin_c11, &start);
  if (result == thrd_success) wait_until_taken(&start);
  return result;
}
