/* SysV objects by key and by id. */
#include "check.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define KEY 0x41505053

static void memory(void) {
  int id = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(id >= 0 && shmget(KEY, 4096, 0) == id && shmget(KEY, 0, IPC_CREAT) == id);
  FAILS(shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  int *at = shmat(id, NULL, 0);
  CHECK(at != (void *)-1);
  pid_t child = fork();
  if (child == 0) {
    int *again = shmat(shmget(KEY, 0, 0), NULL, 0);
    CHECK(again != (void *)-1);
    *again = 5;
    _exit(0);
  }
  expect_success(child);
  struct shmid_ds about;
  CHECK(*at == 5 && shmctl(id, IPC_STAT, &about) == 0 && about.shm_perm.__key == KEY && about.shm_cpid == getpid());
  CHECK(about.shm_lpid == child && about.shm_nattch == 1);
  about.shm_perm.mode = 0640;
  CHECK(shmctl(id, IPC_SET, &about) == 0 && shmctl(id, IPC_RMID, NULL) == 0);
  CHECK(shmctl(id, IPC_STAT, &about) == 0 && shmdt(at) == 0); /* still attached: still there */
  FAILS(shmctl(id, IPC_STAT, &about), EINVAL);
  FAILS(shmget(KEY, 0, 0), ENOENT);
}

static void semaphores(void) {
  int id = semget(KEY, 2, IPC_CREAT | IPC_EXCL | 0600), other = semget(IPC_PRIVATE, 1, 0600);
  CHECK(id >= 0 && other >= 0 && id != other && semget(KEY, 2, 0) == id);
  struct sembuf up = {0, 2, 0}, down = {0, -1, 0}, more = {0, -9, IPC_NOWAIT};
  CHECK(semop(id, &up, 1) == 0 && semop(id, &down, 1) == 0 && semctl(id, 0, GETVAL) == 1 && semctl(id, 0, GETPID) == getpid());
  FAILS(semop(id, &more, 1), EAGAIN);
  struct timespec soon = {0, 1000000};
  more.sem_flg = 0;
  FAILS(semtimedop(id, &more, 1, &soon), EAGAIN);
  struct semid_ds about;
  CHECK(semctl(id, 0, IPC_STAT, &about) == 0 && about.sem_perm.__key == KEY && about.sem_nsems == 2);
  CHECK(semctl(id, 1, SETVAL, 9) == 0 && semctl(id, 1, GETVAL) == 9);
  CHECK(semctl(id, 0, IPC_RMID) == 0 && semctl(other, 0, IPC_RMID) == 0);
  FAILS(semop(id, &up, 1), EINVAL);
}

static void messages(void) {
  struct { long type; char text[8]; } message = {3, "hello"}, got = {0};
  int id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(id >= 0 && msgget(KEY, 0) == id && msgsnd(id, &message, sizeof message.text, 0) == 0);
  CHECK(msgrcv(id, &got, sizeof got.text, 3, 0) == sizeof got.text && strcmp(got.text, "hello") == 0);
  struct msqid_ds about;
  CHECK(msgctl(id, IPC_STAT, &about) == 0 && about.msg_lspid == getpid() && about.msg_lrpid == getpid() && about.msg_perm.__key == KEY);
  CHECK(msgctl(id, IPC_RMID, NULL) == 0);
  FAILS(msgsnd(id, &message, 1, 0), EINVAL);
}

static void listed(void) { /* as ipcs does: what is found by its place is known by its id */
  int id = shmget(KEY + 1, 4096, IPC_CREAT | 0600), last, found = 0;
  struct shm_info all;
  struct shmid_ds about;
  CHECK(id >= 0 && (last = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&all)) >= 0);
  for (int i = 0; i <= last; i++) found += shmctl(i, SHM_STAT, &about) == id && about.shm_perm.__key == KEY + 1;
  CHECK(found == 1 && shmctl(id, IPC_RMID, NULL) == 0);
}

int main(void) {
  memory();
  semaphores();
  messages();
  listed();
  FAILS(shmctl(0x3ffffffe, IPC_RMID, NULL), EINVAL);
  key_t key = ftok("/", 'a');
  CHECK(key != -1 && semctl(semget(key, 1, IPC_CREAT | 0600), 0, IPC_RMID) == 0);
  return done();
}
