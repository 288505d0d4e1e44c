/* An epoll set within an epoll set within an epoll set. */
#include "file.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int watched_by(int fd, uint64_t data) {
  int set = (int)must(epoll_create1(EPOLL_CLOEXEC));
  must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.u64 = data}));
  return set;
}
static uint64_t told(int set) {
  struct epoll_event event = {0};
  return must(epoll_wait(set, &event, 1, 0)) == 1 ? event.data.u64 : 0;
}

int main(void) {
  begin();
  int counter = (int)must(eventfd(0, 0)), quiet = (int)must(eventfd(0, 0));
  int inner = watched_by(counter, 1), middle = watched_by(inner, 2), outer = watched_by(middle, 3), beside = watched_by(quiet, 4);
  must(epoll_ctl(outer, EPOLL_CTL_ADD, beside, &(struct epoll_event){.events = EPOLLIN, .data.u64 = 5}));
  await_go();
  expect("what the outer one tells while nothing is there", 0, told(outer));
  must(eventfd_write(counter, 1));
  expect("what the outer one tells", 3, told(outer));
  expect("what the middle one tells", 2, told(middle));
  expect("what the inner one tells", 1, told(inner));
  expect("what the one beside tells", 0, told(beside));
  must(eventfd_read(counter, &(eventfd_t){0}));
  must(eventfd_write(quiet, 1));
  expect("what the outer one tells of the one beside", 5, told(outer));
  must(epoll_ctl(outer, EPOLL_CTL_DEL, middle, NULL));
  expect_errno(EEXIST, epoll_ctl(outer, EPOLL_CTL_ADD, beside, &(struct epoll_event){0}));
  done();
}
