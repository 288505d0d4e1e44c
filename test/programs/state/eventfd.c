/* eventfds keep their counts, kinds and flags. */
#include "check.h"
#include <sys/eventfd.h>

int main(void) {
  begin();
  int counter = (int)must(eventfd(5193, EFD_NONBLOCK)), semaphore = (int)must(eventfd(3, EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK));
  int zero = (int)must(eventfd(0, EFD_NONBLOCK)), twin = (int)must(dup(counter));
  uint64_t value = 0;
  await_go();
  must(eventfd_write(twin, 7));
  must(eventfd_read(counter, &value));
  expect("the count", 5200, value);
  expect_errno(EAGAIN, eventfd_read(counter, &value));
  for (int i = 0; i < 3; i++) {
    must(eventfd_read(semaphore, &value));
    expect("what a semaphore gives", 1, value);
  }
  expect_errno(EAGAIN, eventfd_read(semaphore, &value));
  expect_errno(EAGAIN, eventfd_read(zero, &value));
  expect("close-on-exec", FD_CLOEXEC, must(fcntl(semaphore, F_GETFD)));
  must(eventfd_write(zero, 1));
  expect("ready descriptors", 1, must(poll(&(struct pollfd){zero, POLLIN, 0}, 1, 0)));
  done();
}
