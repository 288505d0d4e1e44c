/* One thread of two has a namespace of its own. */
#include "thread.h"
#include <sched.h>

static struct channel order;
static int kind;

static void leave(void *nothing) {
  (void)nothing;
  must(unshare(kind));
  hear(order);
}

static void thread_with_its_own(int namespace) {
  begin();
  order = channel();
  kind = namespace;
  struct sleeper thread = {0};
  sleep_in(&thread, leave, NULL);
  await_go();
  tell(order, 1);
  must_zero(pthread_join(thread.thread, NULL));
  done();
}
