/* What is to be undone on semaphores when a process ends is undone when it ends after all. */
#include "file.h"
#include "process.h"
#include <sys/sem.h>

int main(void) {
  begin();
  int set = (int)must(semget(IPC_PRIVATE, 3, IPC_CREAT | 0600));
  must(semctl(set, 0, SETALL, (unsigned short[]){5, 0, 32767}));
  struct channel down = channel(), up = channel();
  must(semop(set, &(struct sembuf){0, -1, SEM_UNDO}, 1)); /* the parent's own, which the child does not inherit */
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    must(semop(set, (struct sembuf[]){{0, -2, SEM_UNDO}, {1, 4, SEM_UNDO}, {2, -3, SEM_UNDO}}, 3));
    must(semop(set, (struct sembuf[]){{0, 1, SEM_UNDO}, {1, 1, 0}}, 2));
    tell(up, 1);
    hear(down);
    _exit(0);
  }
  hear(up);
  await_go();
  expect("the first value", 3, must(semctl(set, 0, GETVAL)));
  expect("the second value", 5, must(semctl(set, 1, GETVAL)));
  expect("the third value", 32764, must(semctl(set, 2, GETVAL)));
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  expect("the first value, undone", 4, must(semctl(set, 0, GETVAL)));
  expect("the second value, undone", 1, must(semctl(set, 1, GETVAL)));
  expect("the third value, undone", 32767, must(semctl(set, 2, GETVAL)));
  must(semctl(set, 0, IPC_RMID));
  done();
}
