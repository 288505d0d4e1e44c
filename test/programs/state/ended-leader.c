/* A process whose first thread has ended while others go on. */
#include "thread.h"
#include <sys/prctl.h>

static void prove(void *gate) {
  struct channel *channels = gate;
  tell(channels[1], 1);
  hear(channels[0]);
  expect("its pid", getpid(), (pid_t)syscall(SYS_getpid));
  expect("whether it is another thread", true, own_tid() != getpid());
  expect("state of the first thread", 'Z', task_state(getpid(), getpid()));
  _exit(6);
}

int main(void) {
  begin();
  static struct channel channels[2];
  channels[0] = channel();
  channels[1] = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    static struct sleeper thread;
    close(channels[0].to);
    sleep_in(&thread, prove, channels);
    pthread_exit(NULL);
  }
  hear(channels[1]);
  until_state(child, child, 'Z');
  await_go();
  expect("whether it has ended", 0, waitpid(child, NULL, WNOHANG));
  tell(channels[0], 1);
  expect("how it ended", 6, reap(child));
  done();
}
