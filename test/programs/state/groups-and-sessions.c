/* Process groups and sessions: who is in which, leaders that have ended, and signals to a whole group. */
#include "process.h"

static struct channel down, up;

static pid_t child_in(pid_t group, bool session) {
  pid_t child = (pid_t)must(fork());
  if (child > 0) {
    expect("a child's first word", 1, hear(up));
    return child;
  }
  close(down.to);
  if (session) must(setsid());
  else must(setpgid(0, group));
  pid_t own_group = getpgrp(), own_session = getsid(0);
  tell(up, 1);
  if (hear(down) == -1) _exit(9);
  expect("getpgrp in a child", own_group, getpgrp());
  expect("getsid in a child", own_session, getsid(0));
  tell(up, 2);
  for (;;) pause();
}

int main(void) {
  begin();
  down = channel();
  up = channel();
  pid_t own_group = getpgrp(), own_session = getsid(0);
  pid_t leader = child_in(0, false), member = child_in(leader, false), alone = child_in(0, true);
  await_go();
  expect("getpgrp", own_group, getpgrp());
  expect("getsid", own_session, getsid(0));
  expect("the group of a leader", leader, getpgid(leader));
  expect("the group of a member", leader, getpgid(member));
  expect("the session of a member", own_session, getsid(member));
  expect("the session of its leader", alone, getsid(alone));
  expect("the group of a session's leader", alone, getpgid(alone));
  for (int i = 0; i < 3; i++) tell(down, 1);
  for (int i = 0; i < 3; i++) expect("a child's second word", 2, hear(up));
  expect_errno(EPERM, setpgid(alone, alone));
  must(kill(-leader, SIGTERM));
  expect("how the leader ended", -SIGTERM, reap(leader));
  expect("how the member ended", -SIGTERM, reap(member));
  int status;
  nap(5);
  expect("waitpid of who isn't in the group", 0, must(waitpid(alone, &status, WNOHANG)));
  must(kill(-alone, SIGKILL));
  expect("how it ended", -SIGKILL, reap(alone));
  done();
}
