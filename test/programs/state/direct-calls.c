/* System calls past the C library: the ids that they told before hold, and one that waits is made again as it was. */
#include "thread.h"
#include "../vproc/direct/direct.h"
#include <sys/ipc.h>
#include <sys/sem.h>

static struct channel leave;
static pid_t child;
static int status;
static long waited;

static void wait_for_child(void *none) {
  (void)none;
  waited = direct4(SYS_wait4, child, &status, 0, 0);
}

static pid_t forked(int code) {
  pid_t made = (pid_t)direct0(SYS_fork);
  if (made == 0) {
    char told;
    if (code == 0) direct3(SYS_read, leave.from, &told, 1);
    direct3(SYS_exit_group, direct0(SYS_getpid) == getpid() ? code + 5 : 1, 0, 0);
  }
  return (pid_t)must((long)made);
}

int main(void) {
  begin();
  leave = channel();
  pid_t self = (pid_t)direct0(SYS_getpid), tid = (pid_t)direct0(SYS_gettid);
  int sem = (int)direct3(SYS_semget, IPC_PRIVATE, 1, IPC_CREAT | 0600);
  must(sem < 0 ? -1 : 0);
  child = forked(0);
  struct sleeper waiter = {0};
  sleep_in(&waiter, wait_for_child, NULL);
  await_go();
  expect("the own pid", self, direct0(SYS_getpid));
  expect("the own thread id", tid, direct0(SYS_gettid));
  expect("a signal to the child", 0, direct3(SYS_kill, child, 0, 0));
  expect("a signal to the thread", 0, direct3(SYS_tgkill, self, waiter.tid, 0));
  struct sembuf up = {0, 1, 0};
  expect("an operation on the semaphore", 0, direct3(SYS_semop, sem, &up, 1));
  tell(leave, 1);
  join(&waiter);
  expect("the child that was waited for", child, waited);
  expect("how it ended", 5, WEXITSTATUS(status));
  pid_t later = forked(1);
  expect("a later child", later, direct4(SYS_wait4, later, &status, 0, 0));
  expect("how that ended", 6, WEXITSTATUS(status));
  expect("a program run by the C library", 3 << 8, system("exit 3"));
  must(semctl(sem, 0, IPC_RMID));
  done();
}
