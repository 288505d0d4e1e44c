/* Who is to be told of a message can't be part of a template. */
#include "file.h"
#include <mqueue.h>

int main(void) {
  begin();
  const char *name = strrchr(own_path("queue"), '/');
  struct mq_attr about = {.mq_maxmsg = 4, .mq_msgsize = 64};
  mqd_t queue = (mqd_t)must(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &about));
  must(mq_notify(queue, &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2}));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  await_go();
  must(mq_send(queue, "hello", 5, 1));
  expect("the signal", SIGUSR2, must(sigtimedwait(&set, NULL, &(struct timespec){1, 0})));
  must(mq_unlink(name));
  done();
}
