/* A process whose first thread has ended while others go on: what is the process's as a whole stays so. */
#include "thread.h"
#include <sys/prctl.h>
#include <sys/time.h>

static struct channel channels[2];

static void prove(void *unused) {
  (void)unused;
  tell(channels[1], 1);
  hear(channels[0]);
  expect("its pid", getpid(), (pid_t)syscall(SYS_getpid));
  expect("whether it is another thread", true, own_tid() != getpid());
  expect("state of the first thread", 'Z', task_state(getpid(), getpid()));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  expect("the signal that waits for the process", SIGUSR2, must(sigwaitinfo(&set, NULL)));
  struct itimerval timer;
  must(getitimer(ITIMER_REAL, &timer));
  expect("whether its timer runs", true, timer.it_value.tv_sec > 1000);
  pid_t child = (pid_t)must(fork());
  if (child == 0) _exit(4);
  expect("how its child ended", 4, reap(child));
  _exit(6);
}

static void sleep_on(void *unused) {
  (void)unused;
  for (;;) pause();
}

static void be_child(void) {
  static struct sleeper threads[2];
  const struct itimerval timer = {.it_value.tv_sec = 5000};
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  must(kill(getpid(), SIGUSR2));
  must(setitimer(ITIMER_REAL, &timer, NULL));
  close(channels[0].to);
  must(prctl(PR_SET_NAME, "the-first"));
  sleep_in(&threads[0], sleep_on, NULL);
  sleep_in(&threads[1], prove, NULL);
  pthread_exit(NULL);
}

int main(void) {
  begin();
  channels[0] = channel();
  channels[1] = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) be_child();
  hear(channels[1]);
  until_state(child, child, 'Z');
  await_go();
  char path[64], name[32] = {0};
  snprintf(path, sizeof path, "/proc/%d/comm", (int)child);
  int fd = (int)must(open(path, O_RDONLY));
  must(read(fd, name, sizeof name - 1));
  expect_text("its name", "the-first\n", name);
  expect("whether it has ended", 0, waitpid(child, NULL, WNOHANG));
  tell(channels[0], 1);
  expect("how it ended", 6, reap(child));
  done();
}
