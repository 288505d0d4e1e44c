/* More output than a terminal keeps at hand for its master, not read yet. */
#include "terminal.h"

enum { LINES = 4000, LENGTH = 5 };

int main(void) {
  begin();
  struct terminal pair = terminal();
  int slave = (int)must(open(pair.path, O_RDWR | O_NOCTTY | O_NONBLOCK));
  struct termios settings;
  must(tcgetattr(slave, &settings));
  cfmakeraw(&settings);
  must(tcsetattr(slave, TCSANOW, &settings));
  static char all[LINES * LENGTH + 1];
  for (int i = 0; i < LINES; i++) snprintf(all + i * LENGTH, LENGTH + 1, "%04d\n", i);
  size_t written = 0;
  for (ssize_t put; written < LINES * LENGTH && (put = write(slave, all + written, LINES * LENGTH - written)) > 0;) written += (size_t)put;
  if (written < 5000) fail("the terminal takes %zu bytes alone\n", written);
  await_go();
  for (size_t i = 0; i < written / LENGTH; i++) {
    char got[LENGTH + 1] = {0}, line[LENGTH + 1];
    for (size_t length = 0; length < LENGTH;) length += (size_t)must(read(pair.master, got + length, LENGTH - length));
    memcpy(line, all + i * LENGTH, LENGTH), line[LENGTH] = 0;
    expect_text("the next line", line, got);
  }
  done();
}
