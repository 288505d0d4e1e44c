/* Records of who is logged in: those that a program writes with its pid, its child's, and what it reads of them again. */
#include "check.h"
#include <utmpx.h>

static struct utmpx record_of(pid_t pid, const char *line) {
  struct utmpx record = {.ut_type = USER_PROCESS, .ut_pid = pid};
  memcpy(record.ut_line, line, strlen(line));
  memcpy(record.ut_id, line + 4, strlen(line + 4));
  memcpy(record.ut_user, "somebody", 8);
  return record;
}

static void expect_record(const char *line, pid_t pid, short type) {
  struct utmpx wanted = record_of(pid, line);
  setutxent();
  const struct utmpx *found = getutxline(&wanted);
  CHECK(found != NULL && found->ut_pid == pid && found->ut_type == type);
}

int main(void) {
  char file[] = "/var/tmp/appshot-records-XXXXXX", history[] = "/var/tmp/appshot-history-XXXXXX";
  CHECK(close(mkstemp(file)) == 0 && close(mkstemp(history)) == 0 && utmpxname(file) == 0);
  pid_t self = getpid(), child = fork();
  CHECK(child >= 0);
  struct utmpx own = record_of(getpid(), child == 0 ? "pts/child" : "pts/own");
  setutxent();
  CHECK(pututxline(&own) != NULL);
  updwtmpx(history, &own);
  if (child == 0) _exit(getppid() == self ? 0 : 1);
  expect_success(child);
  expect_record("pts/own", self, USER_PROCESS);
  expect_record("pts/child", child, USER_PROCESS);
  CHECK(kill(self, 0) == 0);
  struct utmpx ended = record_of(child, "pts/child");
  ended.ut_type = DEAD_PROCESS;
  setutxent();
  CHECK(pututxline(&ended) != NULL);
  setutxent();
  for (const struct utmpx *found; (found = getutxent()) != NULL;)
    CHECK(found->ut_pid == self ? found->ut_type == USER_PROCESS : found->ut_pid == child && found->ut_type == DEAD_PROCESS);
  endutxent();
  CHECK(utmpxname(history) == 0);
  setutxent();
  int records = 0;
  for (const struct utmpx *found; (found = getutxent()) != NULL; records++) CHECK(found->ut_pid == self || found->ut_pid == child);
  CHECK(records == 2);
  endutxent();
  CHECK(unlink(file) == 0 && unlink(history) == 0);
  return done();
}
