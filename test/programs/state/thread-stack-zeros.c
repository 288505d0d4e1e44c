/* The stack of a thread that ended is given back and used again: what the next thread finds beneath its frames is zeros. */
#include "memory.h"
#include "thread.h"

static struct channel leave;
static void *bottom;

static __attribute__((noinline)) void dirty_and_wait(void *unused) {
  (void)unused;
  pthread_attr_t attributes;
  void *low;
  size_t size;
  must_zero(pthread_getattr_np(pthread_self(), &attributes));
  must_zero(pthread_attr_getstack(&attributes, &low, &size));
  pthread_attr_destroy(&attributes);
  bottom = low;
  fill((char *)low + PAGE, 128 * PAGE, 3);
  hear(leave);
}
static void look(void *unused) {
  (void)unused;
  pthread_attr_t attributes;
  void *low;
  size_t size;
  must_zero(pthread_getattr_np(pthread_self(), &attributes));
  must_zero(pthread_attr_getstack(&attributes, &low, &size));
  pthread_attr_destroy(&attributes);
  expect("bottom of the second thread's stack", (intptr_t)bottom, (intptr_t)low);
  expect_zeros("a stack used again", (char *)low + PAGE, 128 * PAGE);
  hear(leave);
}

int main(void) {
  begin();
  leave = channel();
  struct sleeper first = {0}, second = {0};
  sleep_in(&first, dirty_and_wait, NULL);
  await_go();
  expect_filled("the stack of the first thread", (char *)bottom + PAGE, 128 * PAGE, 3);
  tell(leave, 1);
  join(&first);
  sleep_in(&second, look, NULL);
  tell(leave, 1);
  join(&second);
  done();
}
