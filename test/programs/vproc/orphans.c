/* daemon(), and who the parent of an orphan is. */
#include "check.h"
#include <sys/mman.h>

struct report { _Atomic int ready; pid_t pid, parent, session; };

int main(void) {
  struct report *report = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(report != MAP_FAILED);
  pid_t starter = fork();
  if (starter == 0) {
    CHECK(daemon(1, 1) == 0);
    for (int i = 0; i < 2000 && getppid() != 1; i++) usleep(500);
    *report = (struct report){0, getpid(), getppid(), getsid(0)};
    report->ready = 1;
    for (;;) pause();
  }
  expect_success(starter);
  for (int i = 0; i < 10000 && !report->ready; i++) usleep(500);
  CHECK(report->ready && report->pid != starter && report->pid != getpid() && report->session == report->pid);
  CHECK(report->parent != starter && getsid(report->pid) == report->pid && kill(report->pid, SIGKILL) == 0);
  for (int i = 0; i < 10000 && kill(report->pid, 0) == 0; i++) usleep(500);
  FAILS(kill(report->pid, 0), ESRCH); /* reaped by the init: nobody told us */
  return done();
}
