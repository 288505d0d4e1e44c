/* LOG_PID: what is logged names the process, as it knows itself, also in a child that goes on with its parent's log. */
#include "check.h"
#include <syslog.h>

static int lines[2];

static void expect_line(const char *name, pid_t pid, const char *message) {
  char got[256] = "", wanted[256];
  CHECK(read(lines[0], got, sizeof got - 1) > 0);
  if (pid != 0) snprintf(wanted, sizeof wanted, "%s[%d]: %s\n", name, (int)pid, message);
  else snprintf(wanted, sizeof wanted, "%s: %s\n", name, message);
  if (strcmp(got, wanted) != 0) dprintf(1, "is \"%s\", wanted \"%s\"\n", got, wanted);
  CHECK(strcmp(got, wanted) == 0);
}

int main(void) {
  int before = dup(2);
  CHECK(before >= 0 && pipe(lines) == 0 && dup2(lines[1], 2) == 2);
  openlog("some-daemon", LOG_PID | LOG_PERROR, LOG_USER);
  syslog(LOG_INFO, "number %d", 1);
  expect_line("some-daemon", getpid(), "number 1");
  pid_t child = fork();
  if (child == 0) {
    syslog(LOG_INFO, "of the child");
    expect_line("some-daemon", getpid(), "of the child");
    _exit(0);
  }
  expect_success(child);
  syslog(LOG_INFO, "again");
  expect_line("some-daemon", getpid(), "again");
  closelog();
  syslog(LOG_INFO, "when it was closed");
  expect_line(program_invocation_short_name, getpid(), "when it was closed");
  openlog(NULL, LOG_PID | LOG_PERROR, LOG_USER);
  syslog(LOG_INFO, "by its own name");
  expect_line(program_invocation_short_name, getpid(), "by its own name");
  static char longest[3001], got[4096]; /* more than the library has room for, which leaves the pid to libc */
  memset(longest, 'n', sizeof longest - 1);
  openlog(longest, LOG_PID | LOG_PERROR, LOG_USER);
  syslog(LOG_INFO, "of a long name");
  ssize_t length = read(lines[0], got, sizeof got - 1);
  CHECK(length > (ssize_t)sizeof longest && memcmp(got, longest, sizeof longest - 1) == 0 && got[sizeof longest - 1] == '[');
  CHECK(strcmp(got + length - strlen("]: of a long name\n"), "]: of a long name\n") == 0);
  openlog("other", LOG_PERROR, LOG_USER);
  syslog(LOG_INFO, "without");
  expect_line("other", 0, "without");
  CHECK(dup2(before, 2) == 2);
  return done();
}
