/* What is asked past the C library is answered as the C library does. Each check stands for a way through the library (native/preload/dispatch*.c). */
#include "../check.h"
#include "direct.h"
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>

#ifdef NOTE_OF_GO /* as Go's linker leaves one in every program */
__attribute__((section(".note.go.buildid"), aligned(4), used)) static const struct {
  uint32_t name_size, size, type;
  char name[4], id[4];
} note_of_go = {4, 4, 4, "Go", "id"};
#endif

static void selves(void) {
  CHECK(direct0(SYS_getpid) == getpid() && direct0(SYS_gettid) == gettid() && direct0(SYS_getppid) == getppid());
  CHECK(direct0(SYS_getpgrp) == getpgrp() && direct3(SYS_getsid, 0, 0, 0) == getsid(0));
  errno = 77;
  CHECK(direct3(SYS_kill, getpid(), 0, 0) == 0 && direct3(SYS_kill, getpid(), 999, 0) == -EINVAL && errno == 77);
}

static void *selves_in_thread(void *main_tid) {
  CHECK(direct0(SYS_getpid) == getpid() && direct0(SYS_gettid) == gettid() && gettid() != *(pid_t *)main_tid);
  CHECK(direct3(SYS_tgkill, getpid(), *(pid_t *)main_tid, 0) == 0);
  return NULL;
}

static void threads(void) {
  pthread_t thread;
  pid_t tid = gettid();
  for (int i = 0; i < 20; i++) CHECK(pthread_create(&thread, NULL, selves_in_thread, &tid) == 0 && pthread_join(thread, NULL) == 0);
}

static void forks(void) {
  int status = 0;
  pid_t parent = getpid(), child = fork();
  if (child == 0) _exit(direct0(SYS_getpid) == getpid() && direct0(SYS_getppid) == parent ? 5 : 6);
  CHECK(direct4(SYS_wait4, child, &status, 0, 0) == child && WEXITSTATUS(status) == 5);
  for (int i = 0; i < 3; i++) { /* fork, and clone as glibc makes it; and one that is told its parent's word for it */
    pid_t told = 0;
    child = i == 0 ? (pid_t)direct0(SYS_fork) : (pid_t)direct3(SYS_clone, SIGCHLD | (i == 2 ? CLONE_PARENT_SETTID : 0), 0, &told);
    if (child == 0) direct3(SYS_exit_group, direct0(SYS_getpid) == getpid() && direct0(SYS_getppid) == parent ? 7 : 8, 0, 0);
    CHECK(child > 0 && (i != 2 || told == child) && direct3(SYS_kill, child, 0, 0) == 0);
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
  }
  CHECK(direct4(SYS_wait4, -1, &status, 0, 0) == -ECHILD);
}

/* The child has the parent's stack and memory until it ends: whatever it calls, the parent goes on where it was. */
__attribute__((noinline)) static pid_t shared_child(long number, long flags, int code) {
  pid_t child = (pid_t)direct3(number, flags, 0, 0);
  if (child == 0) {
    direct0(SYS_getpid), direct0(SYS_getppid), direct3(SYS_kill, 0x3fffffff, 0, 0);
    direct3(SYS_exit, code, 0, 0);
  }
  return child;
}

static void shared_memory_children(void) {
  int status;
  pid_t self = getpid();
  for (int i = 0; i < 200; i++) { /* more often than there are places for what is kept meanwhile */
    pid_t child = i % 2 ? shared_child(SYS_vfork, 0, 9) : shared_child(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 9);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 9);
  }
  CHECK(direct0(SYS_getpid) == self && getpid() == self);
}

static int begin_plainly(void *word) {
  __atomic_store_n((int *)word, 1, __ATOMIC_RELEASE);
  return 3;
}

static void cloned_by_libc(void) {
  static char stack[65536] __attribute__((aligned(16)));
  int word = 0, status;
  pid_t child = clone(begin_plainly, stack + sizeof stack, CLONE_VM | SIGCHLD, &word);
  CHECK(child > 0 && direct4(SYS_wait4, child, &status, 0, 0) == child && WEXITSTATUS(status) == 3 && word == 1);
}

static _Atomic pid_t sender;
static void note(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  sender = (pid_t)direct0(SYS_getpid) == getpid() ? info->si_pid : -1;
}

struct action { void *handler; unsigned long flags; void *restorer; uint64_t mask; };
__asm__(".text\nown_restorer: mov $15, %eax\nsyscall\n");
extern char own_restorer[];

/* A handler that was set past the C library, with a way back of its own and every signal blocked, is told who sent; and may call. */
static void handlers(void) {
  const uint64_t all = ~0ull;
  uint64_t before, now;
  struct action action = {(void *)note, SA_SIGINFO | 0x04000000, own_restorer, all}, old;
  CHECK(direct4(SYS_rt_sigaction, SIGUSR1, &action, 0, 8) == 0);
  CHECK(direct4(SYS_rt_sigaction, SIGUSR1, 0, &old, 8) == 0 && old.handler == (void *)note);
  CHECK(direct3(SYS_kill, direct0(SYS_getpid), SIGUSR1, 0) == 0 && sender == getpid());
  CHECK(direct4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8) == 0);
  CHECK(direct0(SYS_getpid) == getpid());
  CHECK(direct4(SYS_rt_sigprocmask, SIG_SETMASK, &before, &now, 8) == 0 && (now & 1ull << (SIGUSR2 - 1)) != 0);
  CHECK(direct4(SYS_rt_sigprocmask, SIG_BLOCK, 0, &now, 8) == 0 && now == before);
  sigset_t full;
  sigfillset(&full);
  CHECK(pthread_sigmask(SIG_SETMASK, &full, NULL) == 0 && direct0(SYS_getpid) == getpid());
  CHECK(direct4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, 8) == 0);
}

static void stacks(void) {
  static char room[1 << 16];
  stack_t wanted = {.ss_sp = room, .ss_size = sizeof room}, now;
  CHECK(direct3(SYS_sigaltstack, &wanted, 0, 0) == 0);
  CHECK(sigaltstack(NULL, &now) == 0 && now.ss_sp == room && now.ss_size == sizeof room);
  CHECK(direct3(SYS_sigaltstack, 0, &now, 0) == 0 && now.ss_sp == room && direct0(SYS_gettid) == gettid());
  wanted.ss_flags = SS_DISABLE;
  CHECK(direct3(SYS_sigaltstack, &wanted, 0, 0) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_flags == SS_DISABLE);
}

static void objects(void) {
  int id = (int)direct3(SYS_semget, 0x524157, 1, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(id >= 0 && semget(0x524157, 1, 0) == id);
  struct sembuf up = {0, 1, 0};
  CHECK(direct3(SYS_semop, id, &up, 1) == 0 && semctl(id, 0, GETVAL) == 1);
  CHECK(direct4(SYS_semctl, id, 0, IPC_RMID, 0) == 0 && direct3(SYS_semop, id, &up, 1) == -EINVAL);
  int memory = (int)direct3(SYS_shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  char *at = (char *)direct3(SYS_shmat, memory, 0, 0);
  CHECK(memory >= 0 && (long)at > 0 && (at[0] = 3) == 3);
  CHECK(direct3(SYS_shmdt, at, 0, 0) == 0 && shmctl(memory, IPC_RMID, NULL) == 0);
}

static void *idle(void *none) { return none; }

/* Nothing that the program does by the C library alone is in the way, and memory is what it asked for. */
static void others(void) {
  char name[32], link[64] = {0};
  snprintf(name, sizeof name, "/proc/%d/exe", getpid());
  CHECK(direct4(SYS_readlinkat, AT_FDCWD, name, link, sizeof link - 1) > 0);
  CHECK(direct3(SYS_read, -1, link, 1) == -EBADF && direct0(9999) == -ENOSYS);
  char *block = (char *)direct(SYS_mmap, 0, 1 << 16, 3, 0x22, -1);
  CHECK((long)block > 0 && (block[5] = 1) == 1 && direct3(SYS_madvise, block, 1 << 16, 4) == 0 && block[5] == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, idle, NULL) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(system("exit 4") == 4 << 8);
}

int main(void) {
  selves();
  threads();
  forks();
  shared_memory_children();
  cloned_by_libc();
  handlers();
  stacks();
  objects();
  others();
  return done();
}
