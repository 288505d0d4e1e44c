/* POSIX message queues: attributes, messages with priorities, descriptor flags. */
#include "file.h"
#include <mqueue.h>

int main(void) {
  begin();
  const char *name = strrchr(own_path("mq"), '/');
  struct mq_attr attributes = {.mq_maxmsg = 8, .mq_msgsize = 64};
  mqd_t queue = (mqd_t)must(mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attributes));
  must(mq_send(queue, "low", 3, 1));
  must(mq_send(queue, "high", 4, 9));
  must(mq_send(queue, "low too", 7, 1));
  await_go();
  must(mq_getattr(queue, &attributes));
  expect("messages", 3, attributes.mq_curmsgs);
  expect("most messages", 8, attributes.mq_maxmsg);
  expect("most bytes", 64, attributes.mq_msgsize);
  expect("flags", O_NONBLOCK, attributes.mq_flags);
  char text[64];
  unsigned priority;
  expect("length of the first", 4, must(mq_receive(queue, text, sizeof text, &priority)));
  expect("its priority", 9, priority);
  expect("length of the second", 3, must(mq_receive(queue, text, sizeof text, &priority)));
  expect("length of the third", 7, must(mq_receive(queue, text, sizeof text, &priority)));
  expect_errno(EAGAIN, mq_receive(queue, text, sizeof text, &priority));
  mqd_t again = (mqd_t)must(mq_open(name, O_WRONLY));
  must(mq_send(again, "since", 5, 2));
  expect("length of one sent since", 5, must(mq_receive(queue, text, sizeof text, &priority)));
  must(mq_unlink(name));
  done();
}
