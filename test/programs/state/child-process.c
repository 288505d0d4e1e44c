/* A child from before: it has its parent's pid, answers over a pipe, and waitpid gives its pid and code. */
#include "process.h"

int main(void) {
  begin();
  struct channel down = channel(), up = channel();
  pid_t self = getpid(), child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    pid_t own = getpid();
    if (hear(down) == -1) _exit(9);
    expect("getppid in the child", self, getppid());
    expect("getpid in the child", own, getpid());
    tell(up, 5);
    _exit(hear(down) == -1 ? 9 : 33);
  }
  await_go();
  expect("getpid", self, getpid());
  int status;
  expect("waitpid of a child that lives", 0, must(waitpid(child, &status, WNOHANG)));
  tell(down, 1);
  expect("the child's answer", 5, hear(up));
  must(kill(child, 0));
  tell(down, 1);
  expect("the child's exit code", 33, reap(child));
  expect_errno(ESRCH, kill(child, 0));
  expect_errno(ECHILD, waitpid(-1, &status, 0));
  done();
}
