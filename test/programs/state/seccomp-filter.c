/* Seccomp filters of the program's own: one of all threads, one of a single thread, and of a child the same and two more. */
#include "filters.h"

static struct channel gate, word;

static void prove_thread(void *unused) {
  (void)unused;
  hear(gate);
  expect_errno(77, syscall(SYS_getpgrp));
  expect_errno(78, syscall(SYS_getppid));
}

static void filter_and_prove(void *unused) {
  must(filter_call(SYS_getppid, SECCOMP_RET_ERRNO | 78));
  prove_thread(unused);
}

static void be_child(void) {
  must(filter_call(SYS_sethostname, SECCOMP_RET_KILL_PROCESS));
  must(filter_call(SYS_getuid, SECCOMP_RET_ERRNO | 79));
  tell(word, 1);
  hear(gate);
  expect_errno(77, syscall(SYS_getpgrp));
  expect_errno(79, syscall(SYS_getuid));
  expect("its parent", true, syscall(SYS_getppid) > 0);
  syscall(SYS_sethostname, "x", 1);
  _exit(3);
}

int main(void) {
  begin();
  gate = channel();
  word = channel();
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  must(filter_call(SYS_getpgrp, SECCOMP_RET_ERRNO | 77));
  pid_t child = (pid_t)must(fork());
  if (child == 0) be_child();
  hear(word);
  until_state(child, child, 'S');
  static struct sleeper thread;
  sleep_in(&thread, filter_and_prove, NULL);
  await_go();
  expect_errno(77, syscall(SYS_getpgrp));
  expect("its parent, which another thread may not ask for", true, syscall(SYS_getppid) >= 0);
  expect("no new privileges", 1, must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  tell(gate, 1);
  tell(gate, 1);
  join(&thread);
  expect("how the child ended", -SIGSYS, reap(child));
  done();
}
