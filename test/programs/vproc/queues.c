/* POSIX message queues by name, through libc and past its functions. */
#include "check.h"
#include <mqueue.h>

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
  CHECK(mq_unlink(name) == 0);
  FAILS(mq_unlink(name), ENOENT);
  FAILS(syscall(SYS_mq_unlink, name + 1), ENOENT);
  return done();
}
