/* For instances alone, whose records of logins are their own: login() and logwtmp() write there what they find out by themselves, among it the caller's pid. */
#include "../check.h"
#include <paths.h>
#include <pty.h>
#include <utmp.h>
#include <utmpx.h>

static int count(const char *file, const char *line, pid_t pid, short type) {
  int found = 0;
  CHECK(utmpname(file) == 0);
  setutent();
  for (const struct utmp *record; (record = getutent()) != NULL;)
    if (strncmp(record->ut_line, line, sizeof record->ut_line) == 0 && record->ut_pid == pid && record->ut_type == type) found++;
  endutent();
  return found;
}

int main(void) {
  int master, terminal;
  char name[64];
  CHECK(openpty(&master, &terminal, name, NULL, NULL) == 0 && dup2(terminal, 0) == 0);
  const char *line = name + strlen(_PATH_DEV);
  for (int i = 0; i < 2; i++) close(open(i == 0 ? _PATH_UTMP : _PATH_WTMP, O_WRONLY | O_CREAT | O_CLOEXEC, 0664));
  struct utmp given = {.ut_id = "appt"};
  memcpy(given.ut_user, "somebody", 8);
  login(&given);
  CHECK(count(_PATH_UTMP, line, getpid(), USER_PROCESS) == 1);
  CHECK(count(_PATH_WTMP, line, getpid(), USER_PROCESS) == 1);
  logwtmp("ftp1", "somebody", "somewhere");
  CHECK(count(_PATH_WTMP, "ftp1", getpid(), USER_PROCESS) == 1);
  logwtmp("ftp1", "", "");
  CHECK(count(_PATH_WTMP, "ftp1", getpid(), DEAD_PROCESS) == 1);
  CHECK(dup2(open("/dev/null", O_RDONLY), 0) == 0);
  return done();
}
