/* A fanotify group can't be part of a template. */
#include "check.h"
#include <sys/fanotify.h>

int main(void) {
  begin();
  int fd = (int)must(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY));
  await_go();
  expect_errno(EAGAIN, read(fd, (char[512]){0}, 512));
  done();
}
