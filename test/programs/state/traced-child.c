/* A process with a tracer of its own can't be part of a template. */
#include "process.h"
#include <sys/ptrace.h>

int main(void) {
  begin();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    raise(SIGSTOP);
    _exit(5);
  }
  int status = 0;
  expect("who stopped", child, must(waitpid(child, &status, 0)));
  await_go();
  must(ptrace(PTRACE_CONT, child, NULL, NULL));
  expect("how the child ended", 5, reap(child));
  done();
}
