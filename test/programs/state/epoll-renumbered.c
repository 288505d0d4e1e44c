/* epoll: what is watched was closed by the number that it was added by, and goes on being told of by a duplicate, whoever has the number now. */
#include "file.h"
#include "process.h"
#include <sys/epoll.h>

static uint64_t ready_in(int set) {
  struct epoll_event event = {.data.u64 = 0};
  return must(epoll_wait(set, &event, 1, 0)) == 1 ? event.data.u64 : 0;
}

int main(void) {
  begin();
  struct channel gone = channel(), taken = channel();
  int set = (int)must(epoll_create1(EPOLL_CLOEXEC));
  must(epoll_ctl(set, EPOLL_CTL_ADD, gone.from, &(struct epoll_event){.events = EPOLLIN, .data.u64 = 1}));
  must(epoll_ctl(set, EPOLL_CTL_ADD, taken.from, &(struct epoll_event){.events = EPOLLIN, .data.u64 = 2}));
  int other_gone = (int)must(fcntl(gone.from, F_DUPFD, 50)), other_taken = (int)must(fcntl(taken.from, F_DUPFD, 60));
  must(close(gone.from));
  must(dup2(0, taken.from));
  tell(gone, 'a');
  await_go();
  expect("what is ready", 1, ready_in(set));
  expect("what has come", 'a', hear((struct channel){.from = other_gone}));
  expect("what is ready then", 0, ready_in(set));
  tell(taken, 'b');
  expect("what is ready now", 2, ready_in(set));
  expect("what has come now", 'b', hear((struct channel){.from = other_taken}));
  must(close(other_gone));
  tell(taken, 'c');
  expect("what is ready once one is closed", 2, ready_in(set));
  done();
}
