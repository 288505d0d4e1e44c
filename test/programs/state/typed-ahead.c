/* What was typed into a terminal and nobody has read yet: whole lines, one that is ended by the key for the end of a file, an end of a file
 * alone, keys taken for what they are, a line that is still being typed and goes on; and bytes in a terminal that doesn't work by lines. */
#include "terminal.h"

enum { END_OF_FILE = 4, LITERAL = 0x16, INTERRUPT = 3, ERASE = 0x7f, STOP = 0x13 };

static void keep_still(int slave, bool by_lines) {
  struct termios settings;
  must(tcgetattr(slave, &settings));
  if (by_lines) settings.c_cc[VEOL] = ';';
  else cfmakeraw(&settings);
  must(tcsetattr(slave, TCSANOW, &settings));
}
/* Until the last byte has come through to the terminal: it is shown, and what is shown is read. */
static void type_and_see(int master, const char *text, const char *shown) {
  type(master, text);
  until_shown(master, shown);
}
static void expect_line(int slave, const char *expected) {
  char got[64] = "";
  expect("whether there is a line", 1, poll(&(struct pollfd){slave, POLLIN, 0}, 1, 10000));
  expect("bytes of a line", strlen(expected), must(read(slave, got, sizeof got - 1)));
  expect_text("a line", expected, got);
}

/* Waits in its read for the end of the line. */
static pid_t reader_of(const struct terminal *terminal, struct channel *asleep) {
  pid_t child = in_session(terminal);
  if (child != 0) return child;
  char got[64] = "";
  tell(*asleep, '!');
  must(read(0, got, sizeof got - 1));
  _exit(strcmp(got, "half a line\n") == 0 ? 0 : 1);
}

int main(void) {
  begin();
  struct terminal lines = terminal(), bytes = terminal(), read_from = terminal();
  struct channel asleep = channel();
  pid_t reader = reader_of(&read_from, &asleep);
  expect("what the reader says", '!', hear(asleep));
  until_state(reader, reader, 'S');
  type_and_see(read_from.master, "half a", "half a");
  int by_lines = (int)must(open(lines.path, O_RDWR | O_NOCTTY)), raw = (int)must(open(bytes.path, O_RDWR | O_NOCTTY));
  keep_still(by_lines, true);
  keep_still(raw, false);
  const char literal[] = {'q', LITERAL, INTERRUPT, LITERAL, STOP, LITERAL, END_OF_FILE, LITERAL, ERASE, LITERAL, LITERAL, '\r', 0};
  const char literal_line[] = {'q', INTERRUPT, STOP, END_OF_FILE, ERASE, LITERAL, '\n', 0};
  const char ended[] = {'e', 'n', 'd', END_OF_FILE, END_OF_FILE, 0};
  type_and_see(lines.master, "first\n", "first\r\n");
  type_and_see(lines.master, literal, "\r\n");
  type_and_see(lines.master, "to here;", ";");
  type_and_see(lines.master, ended, "end");
  type_and_see(lines.master, "wrongx\x7f and on", "and on");
  type(bytes.master, "raw\r\x03\x13\n\xff");
  for (int waiting = 0; waiting < 8; nap(1)) must(ioctl(raw, FIONREAD, &waiting));
  await_go();
  expect("whether anything is shown once more", 0, poll(&(struct pollfd){lines.master, POLLIN, 0}, 1, 0));
  expect_line(by_lines, "first\n");
  expect_line(by_lines, literal_line);
  expect_line(by_lines, "to here;");
  expect_line(by_lines, "end");
  expect_line(by_lines, "");
  expect("whether the last line has ended", 0, poll(&(struct pollfd){by_lines, POLLIN, 0}, 1, 0));
  type(lines.master, "\x7f\x7f-end\n");
  expect_line(by_lines, "wrong and -end\n");
  expect_line(raw, "raw\r\x03\x13\n\xff");
  struct termios settings;
  must(tcgetattr(by_lines, &settings));
  expect("echo", ECHO, settings.c_lflag & ECHO);
  expect("the key for the end of a file", END_OF_FILE, settings.c_cc[VEOF]);
  expect("the key that interrupts", INTERRUPT, settings.c_cc[VINTR]);
  type(read_from.master, " line\n");
  expect("how the reader ended", 0, reap(reader));
  type(lines.master, "since\n");
  expect_line(by_lines, "since\n");
  done();
}
