/* More than a terminal is sure to take once more, typed and not read. */
#include "terminal.h"

enum { MUCH = 3500 };

int main(void) {
  begin();
  struct terminal own = terminal();
  int slave = (int)must(open(own.path, O_RDWR | O_NOCTTY)), waiting = 0;
  struct termios settings;
  must(tcgetattr(slave, &settings));
  cfmakeraw(&settings);
  must(tcsetattr(slave, TCSANOW, &settings));
  char typed[MUCH], got[MUCH];
  for (int i = 0; i < MUCH; i++) typed[i] = (char)('a' + i % 26);
  for (int done = 0; done < MUCH;) done += (int)must(write(own.master, typed + done, (size_t)(MUCH - done)));
  while (waiting < MUCH) {
    nap(1);
    must(ioctl(slave, FIONREAD, &waiting));
  }
  await_go();
  for (int done = 0; done < MUCH;) done += (int)must(read(slave, got + done, (size_t)(MUCH - done)));
  expect("what is read", 0, memcmp(typed, got, MUCH));
  done();
}
