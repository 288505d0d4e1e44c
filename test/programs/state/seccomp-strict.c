/* A process in seccomp's strict mode, which allows nothing but reading, writing and an end. */
#include "filters.h"

int main(void) {
  begin();
  struct channel gate = channel(), word = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
    char byte = 1;
    if (write(word.to, &byte, 1) == 1 && read(gate.from, &byte, 1) == 1) syscall(SYS_exit, byte);
    syscall(SYS_exit, 9);
  }
  hear(word);
  until_state(child, child, 'S');
  await_go();
  tell(gate, 7);
  expect("how the child ended", 7, reap(child));
  done();
}
