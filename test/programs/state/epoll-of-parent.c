/* epoll: a forked child has its parent's set too, and still holds what the parent has closed since; the parent waits for what it added since. */
#include "thread.h"
#include <sys/epoll.h>

static int set;
static uint64_t told;
static void watch(int fd, uint64_t data) {
  must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.u64 = data}));
}
static void wait_for_one(void *nothing) {
  (void)nothing;
  struct epoll_event event;
  expect("events", 1, must(epoll_wait(set, &event, 1, -1)));
  told = event.data.u64;
}

int main(void) {
  begin();
  enum { OLD = 3 };
  struct channel old[OLD], leave = channel();
  set = (int)must(epoll_create1(0));
  for (int i = 0; i < OLD; i++) {
    old[i] = channel();
    watch(old[i].from, 1);
  }
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must(close(leave.to));
    _exit(hear(leave));
  }
  for (int i = 0; i < OLD; i++) must(close(old[i].from));
  struct channel added = channel();
  added.from = (int)must(fcntl(added.from, F_DUPFD, 100)); /* a number that the child has not */
  watch(added.from, 2);
  struct sleeper waiter = {0};
  sleep_in(&waiter, wait_for_one, NULL);
  await_go();
  tell(added, 1);
  join(&waiter);
  expect("what the set told", 2, told);
  tell(leave, 7);
  expect("how the child ended", 7, reap(child));
  done();
}
