/* Children that ended and were not waited for: their codes and signals are still there, in any order of asking. */
#include "process.h"
#include <sys/resource.h>

int main(void) {
  begin();
  pid_t exited[3], killed = (pid_t)must(fork());
  if (killed == 0) for (;;) pause();
  for (int i = 0; i < 3; i++)
    if ((exited[i] = (pid_t)must(fork())) == 0) _exit(40 + i);
  must(kill(killed, SIGTERM));
  for (int i = 0; i < 3; i++) until_state(exited[i], exited[i], 'Z');
  until_state(killed, killed, 'Z');
  await_go();
  for (int i = 0; i < 3; i++) expect("state of a child that ended", 'Z', task_state(exited[i], exited[i]));
  siginfo_t about = {0};
  must(waitid(P_PID, (id_t)exited[1], &about, WEXITED | WNOWAIT));
  expect("the code that waitid tells", 41, about.si_status);
  expect("how it ended", CLD_EXITED, about.si_code);
  expect("the third's code", 42, reap(exited[2]));
  expect("the killed one's signal", -SIGTERM, reap(killed));
  expect("the first's code", 40, reap(exited[0]));
  expect("the second's code", 41, reap(exited[1]));
  expect_errno(ECHILD, waitpid(-1, NULL, 0));
  done();
}
