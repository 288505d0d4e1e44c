/* Named semaphores: the value, a child that waits, and the name for who opens it afterwards. */
#include "file.h"
#include "process.h"
#include <semaphore.h>

int main(void) {
  begin();
  const char *name = strrchr(own_path("sem"), '/'), *gate_name = strrchr(own_path("gate"), '/');
  sem_t *semaphore = must_have(sem_open(name, O_CREAT | O_EXCL, 0600, 7)), *gate = must_have(sem_open(gate_name, O_CREAT | O_EXCL, 0600, 0));
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    while (sem_wait(gate) == -1 && errno == EINTR) continue;
    must(sem_post(semaphore));
    _exit(0);
  }
  until_state(child, child, 'S');
  await_go();
  int value = -1;
  must(sem_getvalue(semaphore, &value));
  expect("the value", 7, value);
  expect("whether the child waits still", 0, waitpid(child, &value, WNOHANG));
  sem_t *again = must_have(sem_open(gate_name, 0));
  must(sem_post(again));
  expect("how the child ended", 0, reap(child));
  must(sem_getvalue(semaphore, &value));
  expect("the value in the end", 8, value);
  must(sem_unlink(name));
  must(sem_unlink(gate_name));
  done();
}
