/* epoll: level and edge triggered, one-shot, duplicates, a nested set, and data; what was ready before is ready still, once per edge. */
#include "file.h"
#include "process.h"
#include <sys/epoll.h>

static void watch(int set, int fd, uint32_t events, uint64_t data) {
  must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = events, .data.u64 = data}));
}
/* Which data are ready, as bits. */
static unsigned ready_in(int set) {
  struct epoll_event events[16];
  unsigned bits = 0;
  long count = must(epoll_wait(set, events, 16, 0));
  for (long i = 0; i < count; i++) bits |= 1u << events[i].data.u64;
  return bits;
}

int main(void) {
  begin();
  struct channel level = channel(), edge = channel(), once = channel(), quiet = channel(), inner_pipe = channel();
  int set = (int)must(epoll_create1(EPOLL_CLOEXEC)), inner = (int)must(epoll_create1(0)), twin = (int)must(dup(level.from));
  watch(set, level.from, EPOLLIN, 1);
  watch(set, edge.from, EPOLLIN | EPOLLET, 2);
  watch(set, once.from, EPOLLIN | EPOLLONESHOT, 3);
  watch(set, quiet.from, EPOLLIN, 4);
  watch(set, quiet.to, EPOLLIN | EPOLLERR, 5);
  watch(inner, inner_pipe.from, EPOLLIN, 6);
  watch(set, inner, EPOLLIN, 7);
  watch(set, twin, EPOLLIN, 8);
  tell(level, 1);
  tell(edge, 1);
  tell(once, 1);
  expect("what is ready at first", 1u << 1 | 1u << 2 | 1u << 3 | 1u << 8, ready_in(set));
  await_go();
  expect("close-on-exec of the set", FD_CLOEXEC, must(fcntl(set, F_GETFD)));
  unsigned now = ready_in(set) & ~(1u << 2); /* an edge that was seen may be told once more, never less */
  expect("what is ready", 1u << 1 | 1u << 8, now);
  expect("what is ready when asked again", 1u << 1 | 1u << 8, ready_in(set));
  tell(edge, 2);
  expect("what is ready after a new edge", 1u << 1 | 1u << 2 | 1u << 8, ready_in(set));
  expect("what is ready once the edge has been told", 1u << 1 | 1u << 8, ready_in(set));
  must(epoll_ctl(set, EPOLL_CTL_MOD, once.from, &(struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 3}));
  expect("what is ready with the one-shot armed again", 1u << 1 | 1u << 3 | 1u << 8, ready_in(set));
  tell(inner_pipe, 1);
  expect("what is ready with the inner set", 1u << 1 | 1u << 7 | 1u << 8, ready_in(set));
  expect("what is ready in the inner set", 1u << 6, ready_in(inner));
  hear(level);
  expect("what is ready once the level is drained", 1u << 7, ready_in(set));
  must(epoll_ctl(set, EPOLL_CTL_DEL, inner, NULL));
  tell(quiet, 1);
  expect("what is ready in the end", 1u << 4, ready_in(set));
  expect_errno(EEXIST, epoll_ctl(set, EPOLL_CTL_ADD, quiet.from, &(struct epoll_event){.events = EPOLLIN}));
  done();
}
