/* A child whose end sends no signal, killed and not waited for yet. */
#include "process.h"
#include <sched.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  pid_t child = (pid_t)must(syscall(SYS_clone, 0, NULL, NULL, NULL, 0));
  if (child == 0)
    for (;;) pause();
  must(kill(child, SIGKILL));
  until_state(child, child, 'Z');
  await_go();
  int status = 0;
  expect("who has ended", child, must(waitpid(child, &status, __WALL)));
  expect("by what", SIGKILL, WIFSIGNALED(status) ? WTERMSIG(status) : -1);
  done();
}
