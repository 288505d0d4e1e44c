/* A change of user holds for all threads: the C library asks each of them by the id that it keeps, and one that was missed would keep its rights. */
#include "thread.h"

static struct channel gates[3];
static _Atomic int changed;

static void other_thread(void *gate) {
  hear(*(struct channel *)gate);
  uid_t real, effective, saved;
  must(getresuid(&real, &effective, &saved));
  expect("a thread's real user", 1000, real);
  expect("a thread's effective user", 1001, effective);
  expect("a thread's saved user", 1002, saved);
  expect("a thread's group", 2000, getegid());
  changed++;
}

int main(void) {
  begin();
  static struct sleeper threads[3];
  for (int i = 0; i < 3; i++) {
    gates[i] = channel();
    sleep_in(&threads[i], other_thread, &gates[i]);
  }
  await_go();
  must(setresgid(2000, 2000, 2000));
  must(setresuid(1000, 1001, 1002));
  for (int i = 0; i < 3; i++) {
    tell(gates[i], 1);
    join(&threads[i]);
  }
  expect("threads that have changed their user", 3, changed);
  done();
}
