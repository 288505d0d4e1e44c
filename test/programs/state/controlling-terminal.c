/* A session with a terminal: who it belongs to, keys that send signals, and /dev/tty. */
#include "terminal.h"

static volatile sig_atomic_t interrupted, resized;
static void handler(int number) {
  if (number == SIGINT) interrupted++;
  else resized++;
}

int main(void) {
  begin();
  struct terminal own = terminal();
  pid_t child = in_session(&own);
  if (child == 0) {
    must(sigaction(SIGINT, &(struct sigaction){.sa_handler = handler}, NULL));
    must(sigaction(SIGWINCH, &(struct sigaction){.sa_handler = handler}, NULL));
    int tty = (int)must(open("/dev/tty", O_RDWR | O_CLOEXEC));
    char line[32];
    /* Let through only while it waits for it: one that came just before a read would leave the read waiting. */
    sigset_t resizes, before;
    sigemptyset(&resizes);
    sigaddset(&resizes, SIGWINCH);
    must(sigprocmask(SIG_BLOCK, &resizes, &before));
    say("started\n");
    while (!interrupted)
      if (read(0, line, sizeof line) > 0) say("a line\n");
    while (!resized) sigsuspend(&before);
    expect("the session", getpid(), tcgetsid(0));
    expect("the group in the foreground", getpgrp(), tcgetpgrp(0));
    must(write(tty, "through tty\n", 12));
    int again = (int)must(open("/dev/tty", O_RDWR));
    must(write(again, "through another\n", 16));
    _exit(12);
  }
  until_shown(own.master, "started\r\n");
  until_state(child, child, 'S');
  await_go();
  until_state(child, child, 'S');
  type(own.master, "\3");
  until_shown(own.master, "^C");
  must(ioctl(own.master, TIOCSWINSZ, &(struct winsize){50, 100, 0, 0}));
  until_shown(own.master, "through tty\r\n");
  until_shown(own.master, "through another\r\n");
  expect("how the session's leader ended", 12, reap(child));
  done();
}
