/* SysV semaphores: id, key, mode, values, and who did the last operation; a child from before waits on one still. */
#include "process.h"
#include <sys/ipc.h>
#include <sys/sem.h>

int main(void) {
  begin();
  const key_t key = 0x51930000 | (getpid() & 0xffff);
  int set = (int)must(semget(key, 4, IPC_CREAT | IPC_EXCL | 0620));
  must(semctl(set, 0, SETALL, (unsigned short[]){7, 0, 32767, 1}));
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must(semop(set, &(struct sembuf){1, -3, 0}, 1));
    _exit(0);
  }
  until_state(child, child, 'S');
  must(semop(set, &(struct sembuf){0, 2, 0}, 1));
  must(semop(set, &(struct sembuf){0, -2, 0}, 1));
  await_go();
  expect("the id of the key", set, must(semget(key, 4, 0)));
  struct semid_ds about;
  must(semctl(set, 0, IPC_STAT, &about));
  expect("how many", 4, about.sem_nsems);
  expect("its mode", 0620, about.sem_perm.mode & 0777);
  unsigned short values[4];
  must(semctl(set, 0, GETALL, values));
  expect("the first value", 7, values[0]);
  expect("the second value", 0, values[1]);
  expect("the third value", 32767, values[2]);
  expect("the fourth value", 1, values[3]);
  for (int i = 0; i < 10000 && must(semctl(set, 1, GETNCNT)) == 0; i++) nap(1);
  expect("who waits for the second", 1, must(semctl(set, 1, GETNCNT)));
  must(semop(set, &(struct sembuf){1, 3, 0}, 1));
  expect("how the child ended", 0, reap(child));
  expect("the second value in the end", 0, must(semctl(set, 1, GETVAL)));
  expect("who operated on it last", child, must(semctl(set, 1, GETPID)));
  expect_errno(EAGAIN, semop(set, &(struct sembuf){0, -8, IPC_NOWAIT}, 1));
  must(semctl(set, 0, IPC_RMID));
  done();
}
