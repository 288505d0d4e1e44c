/* Groups of a session that take turns in the foreground: one in the background stops when it reads, and reads when it is in front. */
#include "terminal.h"

static void leader(void) {
  struct channel up = channel();
  signal(SIGTTOU, SIG_IGN);
  pid_t front = (pid_t)must(fork()), back = 0;
  if (front == 0) {
    must(setpgid(0, 0));
    must(tcsetpgrp(0, getpgrp()));
    tell(up, 1);
    char line[32] = "";
    must(read(0, line, sizeof line - 1));
    say("front read %s", line);
    _exit(1);
  }
  hear(up);
  if ((back = (pid_t)must(fork())) == 0) {
    must(setpgid(0, 0));
    tell(up, 1);
    char line[32] = "";
    must(read(0, line, sizeof line - 1));
    say("back read %s", line);
    _exit(2);
  }
  hear(up);
  int status = 0;
  expect("who stopped", back, must(waitpid(back, &status, WUNTRACED)));
  expect("by what", SIGTTIN, WSTOPSIG(status));
  until_state(front, front, 'S');
  say("set up\n");
  expect("how the one in front ended", 1, reap(front));
  must(tcsetpgrp(0, back));
  must(kill(-back, SIGCONT));
  say("back is in front\n");
  expect("how the one in the back ended", 2, reap(back));
  must(tcsetpgrp(0, getpgrp()));
  _exit(0);
}

int main(void) {
  begin();
  struct terminal own = terminal();
  pid_t child = in_session(&own);
  if (child == 0) leader();
  until_shown(own.master, "set up\r\n");
  until_state(child, child, 'S');
  pid_t front = 0;
  must(ioctl(own.master, TIOCGPGRP, &front));
  await_go();
  pid_t now = 0;
  must(ioctl(own.master, TIOCGPGRP, &now));
  expect("the group in the foreground", front, now);
  type(own.master, "one\n");
  until_shown(own.master, "front read one\r\n");
  until_shown(own.master, "back is in front\r\n");
  type(own.master, "two\n");
  until_shown(own.master, "back read two\r\n");
  expect("how the leader ended", 0, reap(child));
  done();
}
