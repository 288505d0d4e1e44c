/* Four different users at once: real, effective, saved, and the one of the file system. Each thread has its own. */
#include "thread.h"
#include <sys/fsuid.h>

static void other_thread(void *gate) {
  must(syscall(SYS_setresuid, 11, 0, 13));
  hear(*(struct channel *)gate);
  uid_t real, effective, saved;
  must(getresuid(&real, &effective, &saved));
  expect("a thread's real user", 11, real);
  expect("a thread's effective user", 0, effective);
  expect("a thread's saved user", 13, saved);
}

int main(void) {
  begin();
  static struct sleeper thread;
  struct channel gate = channel();
  sleep_in(&thread, other_thread, &gate);
  must(syscall(SYS_setresuid, 1, 0, 3));
  setfsuid(4);
  await_go();
  uid_t real, effective, saved;
  must(getresuid(&real, &effective, &saved));
  expect("the real user", 1, real);
  expect("the effective user", 0, effective);
  expect("the saved user", 3, saved);
  expect("the file system's user", 4, setfsuid(-1));
  tell(gate, 1);
  join(&thread);
  done();
}
