/* A terminal without a session: its settings, its size, its number, bytes both ways; output that its master has not read yet. */
#include "terminal.h"

int main(void) {
  begin();
  struct terminal spare = terminal(), own = terminal();
  int slave = (int)must(open(own.path, O_RDWR | O_NOCTTY));
  struct termios settings, now;
  must(tcgetattr(slave, &settings));
  settings.c_lflag &= ~(tcflag_t)ECHO;
  settings.c_cc[VINTR] = 5;
  must(tcsetattr(slave, TCSANOW, &settings));
  must(ioctl(own.master, TIOCSWINSZ, &(struct winsize){33, 99, 7, 8}));
  must(fchmod(slave, 0604));
  close(spare.master);
  must(write(slave, "line\nnext", 9));
  must(poll(&(struct pollfd){own.master, POLLIN, 0}, 1, 20000));
  await_go();
  char text[32] = "", path[32];
  expect("bytes shown", 10, must(read(own.master, text, sizeof text - 1)));
  expect_text("what is shown", "line\r\nnext", text);
  must(tcgetattr(slave, &now));
  expect("echo", 0, now.c_lflag & ECHO);
  expect("the key that interrupts", 5, now.c_cc[VINTR]);
  expect("output settings", settings.c_oflag, now.c_oflag);
  struct winsize size;
  must(ioctl(slave, TIOCGWINSZ, &size));
  expect("rows", 33, size.ws_row);
  expect("columns", 99, size.ws_col);
  expect("height", 8, size.ws_ypixel);
  must_zero(ptsname_r(own.master, path, sizeof path));
  expect_text("its name", own.path, path);
  expect_text("the name of the other end", own.path, ttyname(slave));
  struct stat about;
  must(fstat(slave, &about));
  expect("its mode", 0604, about.st_mode & 07777);
  type(own.master, "typed\n");
  memset(text, 0, sizeof text);
  expect("bytes read", 6, must(read(slave, text, sizeof text - 1)));
  expect_text("what is read", "typed\n", text);
  must(write(slave, "shown", 5));
  until_shown(own.master, "shown");
  close(slave);
  expect_errno(EIO, read(own.master, text, 1));
  done();
}
