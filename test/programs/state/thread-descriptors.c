/* A thread with descriptors of its own. */
#include "thread.h"
#include <sched.h>

static struct channel order, answer;
static void work(void *nothing) {
  (void)nothing;
  must(unshare(CLONE_FILES));
  int own = (int)must(dup(answer.to));
  hear(order);
  tell((struct channel){.to = own}, 'x');
}

int main(void) {
  begin();
  order = channel();
  answer = channel();
  struct sleeper thread = {0};
  sleep_in(&thread, work, NULL);
  await_go();
  tell(order, 1);
  expect("what the thread said by a descriptor of its own", 'x', hear(answer));
  done();
}
