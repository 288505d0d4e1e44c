/* A terminal whose output is held by a key: what is written waits, until another key lets it go on. */
#include "terminal.h"

static int takes_output(int fd, int milliseconds) { return (int)must(poll(&(struct pollfd){fd, POLLOUT, 0}, 1, milliseconds)); }

int main(void) {
  begin();
  struct terminal pair = terminal();
  int slave = (int)must(open(pair.path, O_RDWR | O_NOCTTY | O_NONBLOCK));
  type(pair.master, "\x13");
  while (takes_output(slave, 0)) nap(1); /* a key takes a moment to arrive */
  await_go();
  errno = 0;
  if (write(slave, "held", 4) > 0) fail("output was taken while it is held\n");
  type(pair.master, "\x11");
  expect("whether it takes output", 1, takes_output(slave, 20000));
  expect("bytes written", 5, must(write(slave, "shown", 5)));
  until_shown(pair.master, "shown");
  done();
}
