/* Pseudo-terminals: the program holds the master, a child's session the other end. */
#pragma once
#include "process.h"
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

struct terminal { int master; char path[32]; };
UNUSED static struct terminal terminal(void) {
  struct terminal out = {.master = (int)must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))};
  must(grantpt(out.master));
  must(unlockpt(out.master));
  must_zero(ptsname_r(out.master, out.path, sizeof out.path));
  return out;
}
/* A child that leads a session with this terminal, on descriptors 0 to 2 too. */
UNUSED static pid_t in_session(const struct terminal *terminal) {
  pid_t child = (pid_t)must(fork());
  if (child != 0) return child;
  must(setsid());
  int fd = (int)must(open(terminal->path, O_RDWR));
  for (int i = 0; i < 3; i++) must(dup2(fd, i));
  close(fd);
  return 0;
}
/* Reads from the master until `text` has come, at most twenty seconds; what comes behind it is for the next time. */
UNUSED static void until_shown(int master, const char *text) {
  static char seen[8192];
  size_t length = strlen(seen);
  char *found;
  while ((found = strstr(seen, text)) == NULL) {
    if (poll(&(struct pollfd){master, POLLIN, 0}, 1, 20000) != 1 || length + 1 >= sizeof seen) fail("on the terminal expected %s got %s\n", text, seen);
    length += (size_t)must(read(master, seen + length, sizeof seen - 1 - length));
    seen[length] = 0;
  }
  memmove(seen, found + strlen(text), strlen(found + strlen(text)) + 1);
}
UNUSED static void type(int master, const char *text) { expect("bytes typed", strlen(text), must(write(master, text, strlen(text)))); }
