/* New processes after the resume: fork, exec of a program and of a shell, system and popen; pids are new ones. */
#include "process.h"
#include <spawn.h>

extern char **environ;

int main(void) {
  begin();
  pid_t self = getpid();
  await_go();
  pid_t child = (pid_t)must(fork());
  if (child == 0) _exit(getppid() == self ? 3 : 4);
  expect("the exit code of a fork", 3, reap(child));
  if (child == self || child <= 1) fail("a new pid expected one that is free got %d\n", (int)child);
  if ((child = (pid_t)must(fork())) == 0) {
    execl("/bin/true", "true", NULL);
    _exit(99);
  }
  expect("the exit code of true", 0, reap(child));
  if ((child = (pid_t)must(vfork())) == 0) {
    execl("/bin/sh", "sh", "-c", "kill -0 $PPID && exit 12", NULL);
    _exit(99);
  }
  expect("the exit code of a shell", 12, reap(child));
  must_zero(posix_spawn(&child, "/bin/false", NULL, NULL, (char *[]){"false", NULL}, environ));
  expect("the exit code of false", 1, reap(child));
  expect("what system gives", 5, WEXITSTATUS(must(system("exit 5"))));
  FILE *output = must_have(popen("echo one; echo $PPID", "re"));
  char line[64];
  expect_text("the first line of a command", "one\n", fgets(line, sizeof line, output));
  must_have(fgets(line, sizeof line, output));
  expect("the parent that a command sees", self, atoi(line));
  expect("how the command ended", 0, pclose(output));
  done();
}
