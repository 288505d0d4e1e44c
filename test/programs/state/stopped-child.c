/* A stopped child stays stopped, is reported as before, and goes on when told to. */
#include "process.h"

int main(void) {
  begin();
  struct channel down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    _exit(hear(down) == 1 ? 21 : 9);
  }
  must(kill(child, SIGSTOP));
  until_state(child, child, 'T');
  await_go();
  int status;
  nap(20);
  expect("state of a stopped child", 'T', task_state(child, child));
  expect("waitpid for stopped ones", child, must(waitpid(child, &status, WUNTRACED)));
  expect("the signal that stopped it", SIGSTOP, WIFSTOPPED(status) ? WSTOPSIG(status) : -1);
  tell(down, 1);
  nap(20);
  expect("state of a stopped child that has work", 'T', task_state(child, child));
  must(kill(child, SIGCONT));
  expect("waitpid for continued ones", child, must(waitpid(child, &status, WCONTINUED)));
  if (WIFCONTINUED(status)) expect("the child's exit code", 21, reap(child));
  else expect("the child's exit code", 21, WEXITSTATUS(status));
  done();
}
