/* POSIX message queues by name, through libc and past its functions. */
#include "check.h"
#include <mqueue.h>

static volatile pid_t sender;
static void told(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  sender = info->si_code == SI_MESGQ ? info->si_pid : -1;
}

/* Who is told of a message is told who sent it. */
static void notified(mqd_t queue) {
  struct sigaction action = {.sa_sigaction = told, .sa_flags = SA_SIGINFO | SA_RESTART};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  char text[16];
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && mq_notify(queue, &event) == 0);
  pid_t child = fork();
  if (child == 0) _exit(mq_send(queue, "news", 4, 1));
  expect_success(child);
  CHECK(sender == child && mq_receive(queue, text, sizeof text, NULL) == 4);
}

int main(void) {
  char name[64], longest[260] = "/";
  snprintf(name, sizeof name, "/appshot-queues-%d", getpid());
  memset(longest + 1, 'x', sizeof longest - 2);
  struct mq_attr about = {.mq_maxmsg = 4, .mq_msgsize = 16};
  mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &about);
  CHECK(queue >= 0);
  FAILS(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &about), EEXIST);
  FAILS(mq_open("no-slash", O_RDWR), EINVAL);
  FAILS(mq_open("/", O_RDWR), ENOENT);
  FAILS(mq_open("/two/parts", O_RDWR), EACCES);
  FAILS(mq_open(longest, O_RDWR), ENAMETOOLONG);
  mqd_t again = (mqd_t)syscall(SYS_mq_open, name + 1, O_RDWR, 0, NULL);
  CHECK(again >= 0 && mq_send(queue, "word", 4, 3) == 0);
  char text[16];
  unsigned priority;
  CHECK(mq_receive(again, text, sizeof text, &priority) == 4 && priority == 3);
  notified(queue);
  CHECK(mq_unlink(name) == 0);
  FAILS(mq_unlink(name), ENOENT);
  FAILS(syscall(SYS_mq_unlink, name + 1), ENOENT);
  return done();
}
