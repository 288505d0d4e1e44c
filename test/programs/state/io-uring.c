/* A ring of io_uring can't be part of a template. */
#include "memory.h"
#include <linux/io_uring.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  struct io_uring_params about = {0};
  int ring = (int)must(syscall(SYS_io_uring_setup, 4, &about));
  await_go();
  expect("what an empty ring has to submit", 0, must(syscall(SYS_io_uring_enter, ring, 0, 0, 0, NULL, 0)));
  done();
}
