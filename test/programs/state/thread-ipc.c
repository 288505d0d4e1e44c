/* A thread with System V objects of its own. */
#include "thread.h"
#include <sched.h>

static struct channel order;
static void work(void *nothing) {
  (void)nothing;
  must(unshare(CLONE_NEWIPC));
  hear(order);
}

int main(void) {
  begin();
  order = channel();
  struct sleeper thread = {0};
  sleep_in(&thread, work, NULL);
  await_go();
  tell(order, 1);
  must_zero(pthread_join(thread.thread, NULL));
  done();
}
