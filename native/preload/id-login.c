/* login() and logwtmp() put the caller's pid into the records of who is logged in, by a call inside libc. Here the records are made by this library, with the pid
 * that the program knows. A program's own libraries may well have a function of such a name: theirs has no version of glibc's, and a reference to it
 * doesn't lead here (versions.map). */
#include "preload/ids.h"
#include <paths.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <utmp.h>

#define COPY(to, from) strncpy(to, from, sizeof(to))

static void write_wtmp(struct utmp *record) {
  struct timeval now;
  gettimeofday(&now, NULL);
  record->ut_tv.tv_sec = (int32_t)now.tv_sec;
  record->ut_tv.tv_usec = (int32_t)now.tv_usec;
  updwtmp(_PATH_WTMP, record);
}

/* The terminal of the first of the three that is one, without "/dev/"; false: none is. */
static bool terminal_of_caller(char *name, size_t size) {
  for (int fd = 0; fd <= 2; fd++)
    if (ttyname_r(fd, name, size) == 0) {
      if (strncmp(name, _PATH_DEV, sizeof _PATH_DEV - 1) == 0) memmove(name, name + sizeof _PATH_DEV - 1, strlen(name + sizeof _PATH_DEV - 1) + 1);
      return true;
    }
  return false;
}

static void log_in(const struct utmp *given) {
  struct utmp record = *given;
  char terminal[256];
  record.ut_type = USER_PROCESS;
  record.ut_pid = getpid();
  bool known = terminal_of_caller(terminal, sizeof terminal);
  COPY(record.ut_line, known ? terminal : "???");
  if (known && utmpname(_PATH_UTMP) == 0) {
    setutent();
    pututline(&record);
    endutent();
  }
  updwtmp(_PATH_WTMP, &record);
}

static void log_line(const char *line, const char *name, const char *host) {
  struct utmp record = {.ut_pid = getpid(), .ut_type = *name != '\0' ? USER_PROCESS : DEAD_PROCESS};
  COPY(record.ut_line, line);
  COPY(record.ut_user, name);
  COPY(record.ut_host, host);
  write_wtmp(&record);
}

/* By the name that glibc has for it since it is in libc itself, and by that of before. */
#define VERSIONS(name, parameters, own, here)                                    \
  EXPORT void name##_in_libc parameters;                                         \
  EXPORT void name##_in_libc parameters {                                        \
    if (ids_on()) here own;                                                      \
    else NEXT(name) own;                                                         \
  }                                                                              \
  EXPORT void name##_in_libutil parameters;                                      \
  EXPORT void name##_in_libutil parameters { name##_in_libc own; }               \
  __asm__(".symver " #name "_in_libc, " #name "@GLIBC_2.34, remove");            \
  __asm__(".symver " #name "_in_libutil, " #name "@GLIBC_2.2.5, remove");

VERSIONS(login, (const struct utmp *given), (given), log_in)
VERSIONS(logwtmp, (const char *line, const char *name, const char *host), (line, name, host), log_line)
