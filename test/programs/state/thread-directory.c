/* A thread with a working directory of its own. */
#include "thread.h"
#include <sched.h>

static struct channel order;
static char where[4096];
static void work(void *nothing) {
  (void)nothing;
  must(unshare(CLONE_FS));
  must(chdir("/usr/bin"));
  hear(order);
  must_have(getcwd(where, sizeof where));
}

int main(void) {
  begin();
  order = channel();
  must(chdir("/"));
  struct sleeper thread = {0};
  sleep_in(&thread, work, NULL);
  await_go();
  tell(order, 1);
  must_zero(pthread_join(thread.thread, NULL));
  expect_text("the thread's directory", "/usr/bin", where);
  must_have(getcwd(where, sizeof where));
  expect_text("the others' directory", "/", where);
  done();
}
