/* A process group whose leader has ended and is gone: its members keep the group's id. */
#include "process.h"

int main(void) {
  begin();
  struct channel up = channel();
  pid_t leader = (pid_t)must(fork());
  if (leader == 0) {
    must(setpgid(0, 0));
    tell(up, 1);
    for (;;) pause();
  }
  hear(up);
  pid_t member = (pid_t)must(fork());
  if (member == 0) {
    must(setpgid(0, leader));
    tell(up, 1);
    for (;;) pause();
  }
  hear(up);
  must(kill(leader, SIGKILL));
  reap(leader);
  await_go();
  expect("the group of a member", leader, getpgid(member));
  expect_errno(ESRCH, kill(leader, 0));
  must(kill(-leader, SIGTERM));
  expect("how the member ended", -SIGTERM, reap(member));
  done();
}
