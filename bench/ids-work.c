/* Nanoseconds a call, one line each: `getpid 331`. Run alone and in instances, as often as wanted: bench/ids.ts compares. */
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int sem, shm, msg;
static pid_t child;

static void must(long result, const char *call) {
  if (result != -1) return;
  perror(call);
  exit(1);
}

static void ask_pid(void) { must(getpid(), "getpid"); }
static void signal_self(void) { must(kill(getpid(), 0), "kill"); }
static void signal_child(void) { must(kill(child, 0), "kill"); }
static void up_and_down(void) {
  struct sembuf up = {0, 1, 0}, down = {0, -1, 0};
  must(semop(sem, &up, 1), "semop");
  must(semop(sem, &down, 1), "semop");
}
static void attach(void) {
  void *at = shmat(shm, NULL, 0);
  must((long)at, "shmat");
  must(shmdt(at), "shmdt");
}
static void send_to_self(void) {
  struct { long type; char text[8]; } message = {1, "message"};
  must(msgsnd(msg, &message, sizeof message.text, 0), "msgsnd");
  must(msgrcv(msg, &message, sizeof message.text, 0, 0), "msgrcv");
}
static void start_true(void) {
  pid_t started = vfork();
  must(started, "vfork");
  if (started == 0) {
    execl("/bin/true", "true", (char *)NULL);
    _exit(127);
  }
  must(waitpid(started, NULL, 0), "waitpid");
}

/* As a program calls that has no C library: with an instruction of its own. */
static long past_libc(long number) {
  __asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
  return number;
}
static void ask_pid_past_libc(void) { must(past_libc(SYS_getpid), "getpid"); }
static void ask_user_past_libc(void) { must(past_libc(SYS_getuid), "getuid"); }

/* Part of its caller, so that a call is made as programs make it: one through a pointer takes as long as the shortest of them. */
static inline __attribute__((always_inline)) void measure(const char *name, void (*work)(void), long count) {
  struct timespec from, to;
  work();
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (long i = 0; i < count; i++) work();
  clock_gettime(CLOCK_MONOTONIC, &to);
  double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
  printf("%s %.1f\n", name, ns / (double)count);
}

int main(void) {
  child = fork();
  must(child, "fork");
  if (child == 0) for (;;) pause();
  must(sem = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT), "semget");
  must(shm = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT), "shmget");
  must(msg = msgget(IPC_PRIVATE, 0600 | IPC_CREAT), "msgget");
  measure("getpid", ask_pid, 200000);
  measure("kill-self", signal_self, 50000);
  measure("kill-child", signal_child, 50000);
  measure("semop", up_and_down, 50000);
  measure("shmat", attach, 10000);
  measure("msgsnd", send_to_self, 50000);
  measure("vfork-true", start_true, 50);
  measure("raw-getpid", ask_pid_past_libc, 50000);
  measure("raw-getuid", ask_user_past_libc, 50000);
  semctl(sem, 0, IPC_RMID);
  shmctl(shm, IPC_RMID, NULL);
  msgctl(msg, IPC_RMID, NULL);
  kill(child, SIGKILL);
  return 0;
}
