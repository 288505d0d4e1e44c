/* The ids of a process: pid, thread id, parent, group, session, users and groups, as every way of asking tells them. */
#include "process.h"
#include <grp.h>
#include <sys/syscall.h>

static void same_as(const char *name, const char *text) {
  char line[256], label[32];
  snprintf(label, sizeof label, "%s:", name);
  FILE *status = must_have(fopen("/proc/self/status", "re"));
  while (fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, label, strlen(label)) == 0) {
      line[strcspn(line, "\n")] = 0;
      expect_text(name, text, line + strlen(label) + 1);
    }
  fclose(status);
}

int main(void) {
  begin();
  must(setgroups(3, (gid_t[]){7, 1234, 60000}));
  must(setresgid(0, 1234, 7));
  pid_t pid = getpid(), parent = getppid(), group = getpgrp(), session = getsid(0);
  char link[32] = "", text[32];
  await_go();
  expect("getpid", pid, getpid());
  expect("getpid by the kernel", pid, syscall(SYS_getpid));
  expect("gettid", pid, syscall(SYS_gettid));
  expect("getppid", parent, getppid());
  expect("getpgrp", group, getpgrp());
  expect("getsid", session, getsid(0));
  must(readlink("/proc/self", link, sizeof link - 1));
  snprintf(text, sizeof text, "%d", pid);
  expect_text("/proc/self", text, link);
  same_as("Pid", text);
  same_as("Tgid", text);
  gid_t real, effective, saved, groups[8];
  must(getresgid(&real, &effective, &saved));
  expect("the real group", 0, real);
  expect("the effective group", 1234, effective);
  expect("the saved group", 7, saved);
  expect("how many supplementary groups", 3, must(getgroups(8, groups)));
  expect("the first", 7, groups[0]);
  expect("the last", 60000, groups[2]);
  done();
}
