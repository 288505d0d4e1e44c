/* For tests of what an instance owns: makes one SysV object of each kind with one key, a message queue by name, a child, and waits. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#define KEY 0x4b455931

int main(void) {
  int shm = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600), sem = semget(KEY, 1, IPC_CREAT | IPC_EXCL | 0600);
  int msg = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
  mqd_t queue = mq_open("/appshot-held", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
  if (shm < 0 || sem < 0 || msg < 0 || queue < 0) return perror("make"), 1;
  pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  printf("{\"pid\":%d,\"child\":%d,\"shm\":%d,\"sem\":%d,\"msg\":%d}\n", getpid(), child, shm, sem, msg);
  fflush(stdout);
  for (;;) pause();
}
