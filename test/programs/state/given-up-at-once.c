/* What a program gives up is free at once, also in a clone's very first moment: nobody else holds its files too. */
#include "file.h"
#include "process.h"
#include <sched.h>
#include <sys/file.h>

static bool told_to_go(void) {
  sigset_t waiting;
  must(sigpending(&waiting));
  return sigismember(&waiting, SIGUSR1) == 1;
}

static const char *generation(void) {
  const char *now = getenv("APPSHOT_GENERATION");
  return now == NULL ? "" : now;
}

int main(void) {
  begin();
  signal(SIGPIPE, SIG_IGN);
  const char *path = own_path("given-up");
  int fd = file_with(path, "0123456789", 10);
  struct channel own = channel(), down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    close(own.from);
    must(flock((int)must(open(path, O_RDWR)), LOCK_EX));
    tell(up, 1);
    for (;;) pause();
  }
  close(down.from);
  hear(up);
  char before[32];
  snprintf(before, sizeof before, "%s", generation());
  ready();
  while (strcmp(before, generation()) == 0 && !told_to_go()) sched_yield();
  close(own.from);
  expect_errno(EPIPE, write(own.to, "", 1));
  must(kill(child, SIGKILL));
  expect("how the child ended", -SIGKILL, reap(child));
  must(flock(fd, LOCK_EX | LOCK_NB));
  expect_errno(EPIPE, write(down.to, "", 1));
  must(unlink(path));
  while (!told_to_go()) nap(1);
  done();
}
