/* SysV shared memory: ids, keys, sizes, attachments at their addresses, also one marked for removal; two processes see one another's writes. */
#include "memory.h"
#include "process.h"
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void) {
  begin();
  const key_t key = 0x51930000 | (getpid() & 0xffff);
  int named = (int)must(shmget(key, 64 * PAGE, IPC_CREAT | IPC_EXCL | 0640)), doomed = (int)must(shmget(IPC_PRIVATE, 16 * PAGE, 0600));
  int idle = (int)must(shmget(IPC_PRIVATE, 8 * PAGE, 0600));
  char *at = must_have(shmat(named, NULL, 0)), *readable = must_have(shmat(named, NULL, SHM_RDONLY)), *last = must_have(shmat(doomed, NULL, 0));
  fill(at, 64 * PAGE, 1);
  fill(last, 16 * PAGE, 2);
  char *once = must_have(shmat(idle, NULL, 0));
  fill(once, 8 * PAGE, 3);
  must(shmdt(once));
  must(shmctl(doomed, IPC_RMID, NULL));
  struct channel down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    if (hear(down) == -1) _exit(9);
    expect_filled("what the parent wrote, in the child", at, 64 * PAGE, 4);
    fill(last, 16 * PAGE, 5);
    _exit(0);
  }
  await_go();
  struct shmid_ds about;
  expect("the id of the key", named, must(shmget(key, 0, 0)));
  must(shmctl(named, IPC_STAT, &about));
  expect("its size", 64 * PAGE, about.shm_segsz);
  expect("its mode", 0640, about.shm_perm.mode & 0777);
  expect("its attachments", 4, about.shm_nattch);
  expect_filled("what it holds", at, 64 * PAGE, 1);
  expect_filled("what it holds, read-only", readable, 64 * PAGE, 1);
  expect_text("protection of the read-only one", "r--s", protection_at(readable));
  expect_filled("what the one marked for removal holds", last, 16 * PAGE, 2);
  once = must_have(shmat(idle, NULL, 0));
  expect_filled("what the one that nobody had attached holds", once, 8 * PAGE, 3);
  fill(at, 64 * PAGE, 4);
  expect_filled("what was written, at the other address", readable, 64 * PAGE, 4);
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  expect_filled("what the child wrote", last, 16 * PAGE, 5);
  must(shmctl(named, IPC_RMID, NULL));
  must(shmctl(idle, IPC_RMID, NULL));
  done();
}
