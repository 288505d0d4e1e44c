/* An epoll set that tells of changes only, and of some things once. */
#include "file.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int set;
static int add(uint32_t events, uint64_t data) {
  int fd = (int)must(eventfd(0, EFD_NONBLOCK));
  must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = events, .data.u64 = data}));
  return fd;
}
static int told(uint64_t *data) {
  struct epoll_event event = {0};
  int count = (int)must(epoll_wait(set, &event, 1, 0));
  *data = event.data.u64;
  return count;
}

int main(void) {
  begin();
  set = (int)must(epoll_create1(0));
  uint64_t data = 0;
  int spent = add(EPOLLIN | EPOLLONESHOT, 1), fresh = add(EPOLLIN | EPOLLONESHOT, 2), edge = add(EPOLLIN | EPOLLET, 3);
  must(eventfd_write(spent, 1));
  expect("what is told", 1, told(&data));
  int ends[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  must(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &(struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLONESHOT, .data.u64 = 4}));
  expect("what is told of a connection", 1, told(&data));
  await_go();
  expect("what is told of one that was told once", 0, told(&data));
  close(ends[1]);
  expect("what is told of its end", 0, told(&data));
  must(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &(struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 5}));
  expect("what is told of its end when it is asked for", 1, told(&data));
  expect("which", 5, data);
  must(eventfd_write(fresh, 1));
  expect("what is told of one that was not told yet", 1, told(&data));
  expect("which", 2, data);
  expect("what is told of it again", 0, told(&data));
  must(eventfd_write(edge, 1));
  expect("what is told of a change", 1, told(&data));
  expect("what is told without one", 0, told(&data));
  must(epoll_ctl(set, EPOLL_CTL_MOD, spent, &(struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 9}));
  expect("what is told of one that is asked for anew", 1, told(&data));
  expect("which", 9, data);
  done();
}
