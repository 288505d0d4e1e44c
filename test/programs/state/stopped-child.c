/* A stopped child stays stopped, is reported as before, and goes on when told to; also when its parent does so in its first moment in a clone. */
#include "process.h"
#include <poll.h>
#include <sys/prctl.h>

static volatile sig_atomic_t over;
static void end(int signal) { over = signal; }

/* A clone is seen by its name; outside, and in what is put away and brought back, there is none that changes. */
static void until_named_otherwise(void) {
  static char own[64];
  const char *now;
  do now = getenv("APPSHOT_AID");
  while (!over && now != NULL && (own[0] == 0 || strcmp(own, now) == 0) && snprintf(own, sizeof own, "%s", now) >= 0);
  while (now == NULL && !over) nap(10);
  if (now != NULL) snprintf(own, sizeof own, "%s", now);
}

/* Continues its stopped child in the first moment of a clone, asks it for a sign of life, and stops it again. */
static _Noreturn void continue_again_and_again(void) {
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  must(prctl(PR_SET_PDEATHSIG, SIGKILL));
  while (child == 0) tell(up, (char)hear(down));
  while (!over) {
    must(kill(child, SIGSTOP));
    until_state(child, child, 'T');
    until_named_otherwise();
    must(kill(child, SIGCONT));
    tell(down, 1);
    struct pollfd answer = {.fd = up.from, .events = POLLIN};
    int heard;
    do heard = poll(&answer, 1, 10000);
    while (heard == -1 && errno == EINTR);
    expect("a sign of life of a continued child", 1, heard);
    hear(up);
  }
  must(kill(child, SIGKILL));
  _exit(reap(child) == -SIGKILL ? 0 : 2);
}

int main(void) {
  begin();
  must(signal(SIGTERM, end) == SIG_ERR ? -1 : 0);
  pid_t restless = (pid_t)must(fork());
  if (restless == 0) continue_again_and_again();
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
  must(kill(restless, SIGTERM));
  expect("the exit code of who continued its child", 0, reap(restless));
  done();
}
