/* Settings of a terminal that are locked: whoever sets them, they stay. */
#include "terminal.h"
#include <asm/ioctls.h>

int main(void) {
  begin();
  struct terminal pair = terminal();
  int slave = (int)must(open(pair.path, O_RDWR | O_NOCTTY));
  struct { unsigned iflag, oflag, cflag, lflag; unsigned char line, keys[19]; } locked = {.lflag = ECHO}, now = {0};
  must(ioctl(slave, TIOCSLCKTRMIOS, &locked));
  await_go();
  must(ioctl(slave, TIOCGLCKTRMIOS, &now));
  expect("what is locked", ECHO, now.lflag);
  struct termios settings;
  must(tcgetattr(slave, &settings));
  settings.c_lflag &= ~(tcflag_t)ECHO;
  tcsetattr(slave, TCSANOW, &settings);
  must(tcgetattr(slave, &settings));
  expect("whether it still echoes", ECHO, settings.c_lflag & ECHO);
  done();
}
