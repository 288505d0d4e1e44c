/* Process groups, sessions and a terminal's. */
#include "check.h"
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static void new_session(void) {
  pid_t child = fork();
  if (child == 0) {
    CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid() && getpgid(0) == getpid());
    FAILS(setsid(), EPERM);
    _exit(0);
  }
  expect_success(child);
}

/* A group without its leader can be signalled, waited for and joined. */
static void leaderless(void) {
  int status;
  pid_t leader = idle_child(), member = idle_child();
  CHECK(setpgid(leader, leader) == 0 && setpgid(member, leader) == 0 && getpgid(member) == leader);
  end_child(leader);
  CHECK(getpgid(member) == leader && kill(-leader, 0) == 0 && killpg(leader, 0) == 0);
  FAILS(kill(leader, 0), ESRCH);
  pid_t other = idle_child();
  CHECK(setpgid(other, leader) == 0);
  end_child(other);
  CHECK(killpg(leader, SIGKILL) == 0 && waitpid(-leader, &status, 0) == member);
  FAILS(kill(-leader, 0), ESRCH);
}

static void terminal(void) {
  int master;
  pid_t child = forkpty(&master, NULL, NULL, NULL);
  if (child == 0) {
    int group = 0;
    CHECK(tcgetpgrp(0) == getpid() && tcgetsid(0) == getpid() && getsid(0) == getpid());
    pid_t job = idle_child();
    CHECK(setpgid(job, job) == 0);
    signal(SIGTTOU, SIG_IGN);
    CHECK(tcsetpgrp(0, job) == 0 && tcgetpgrp(0) == job);
    CHECK(ioctl(0, TIOCGPGRP, &group) == 0 && group == job);
    group = getpid();
    CHECK(ioctl(0, TIOCSPGRP, &group) == 0 && tcgetpgrp(0) == getpid());
    end_child(job);
    CHECK(write(1, "r", 1) == 1);
    for (;;) pause();
  }
  char byte;
  CHECK(read(master, &byte, 1) == 1 && byte == 'r');
  CHECK(getpgid(child) == child && getsid(child) == child && tcgetpgrp(master) == child);
  end_child(child);
  close(master);
}

int main(void) {
  CHECK(getpgid(0) == getpgrp() && getpgid(getpid()) == getpgrp() && getsid(getpid()) == getsid(0));
  CHECK(syscall(SYS_getpgid, 0) == getpgrp() && syscall(SYS_getsid, 0) == getsid(0));
  new_session();
  leaderless();
  terminal();
  FAILS(getpgid(0x3ffffffe), ESRCH);
  FAILS(getsid(0x3ffffffe), ESRCH);
  return done();
}
