/* Every way to make a process tells the parent what the child calls itself. */
#include "check.h"
#include <pty.h>
#include <spawn.h>
#include <sys/mman.h>

extern char **environ;
pid_t _Fork(void);
static pid_t *told; /* shared */

static void same(pid_t child) {
  CHECK(child > 0);
  expect_success(child);
  CHECK(*told == child);
}

static int in_clone(void *unused) {
  (void)unused;
  *told = getpid();
  return 0;
}

static void by_spawn(const char *self) {
  pid_t child;
  char *arguments[] = {(char *)self, "tell", NULL};
  CHECK(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
  char output[64] = "";
  int ends[2];
  CHECK(pipe(ends) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  CHECK(posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_adddup2(&actions, ends[1], 1) == 0);
  pid_t leader = idle_child();
  CHECK(setpgid(leader, leader) == 0);
  CHECK(posix_spawnattr_init(&attributes) == 0 && posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP) == 0);
  CHECK(posix_spawnattr_setpgroup(&attributes, leader) == 0);
  CHECK(posix_spawnp(&child, "/proc/self/exe", &actions, &attributes, arguments, environ) == 0);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(read(ends[0], output, sizeof output - 1) > 0);
  int pid, group;
  CHECK(sscanf(output, "%d %d", &pid, &group) == 2 && pid == child && group == leader);
  end_child(leader);
}

static void by_vfork(void) {
  for (int i = 0; i < 3; i++) {
    pid_t before = getpid(), child = vfork();
    if (child == 0) {
      *told = getpid();
      _exit(getppid() == before ? 0 : 1);
    }
    same(child);
    CHECK(getpid() == before);
  }
}

static void by_popen(void) {
  char line[32] = "";
  FILE *output = popen("echo $$", "r");
  CHECK(output != NULL && fgets(line, sizeof line, output) != NULL && atoi(line) > 0 && atoi(line) != getpid());
  CHECK(pclose(output) == 0 && WEXITSTATUS(system("test $PPID -gt 0 && exit 7")) == 7);
}

static pid_t child_told;
static int own_word(void *none) {
  (void)none;
  return child_told == getpid() ? 0 : 1;
}

struct words { volatile pid_t parent, child; };
static int knows_both(void *words) {
  pid_t own = (pid_t)syscall(SYS_getpid);
  return ((struct words *)words)->parent == own && ((struct words *)words)->child == own ? 0 : 1;
}

/* A child in our memory finds there what it is called, however early it looks. */
static void in_one_memory(void) {
  static _Alignas(16) char stack[65536];
  for (int i = 0; i < 200; i++) {
    struct words words = {0, 0};
    int flags = CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD;
    pid_t child = clone(knows_both, stack + sizeof stack, flags, &words, &words.parent, NULL, &words.child);
    CHECK(child > 0);
    expect_success(child);
    CHECK(words.parent == child && words.child == child);
  }
}

int main(int count, char **arguments) {
  if (count == 2) {
    printf("%d %d\n", getpid(), getpgrp());
    return 0;
  }
  told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(told != MAP_FAILED);
  pid_t child = fork();
  if (child == 0) _exit(in_clone(NULL));
  same(child);
  if ((child = _Fork()) == 0) _exit(in_clone(NULL));
  same(child);
  if ((child = (pid_t)syscall(SYS_fork)) == 0) _exit(in_clone(NULL));
  same(child);
  int master;
  if ((child = forkpty(&master, NULL, NULL, NULL)) == 0) _exit(in_clone(NULL));
  same(child);
  static _Alignas(16) char stack[65536];
  pid_t parent_told = 0;
  child = clone(in_clone, stack + sizeof stack, CLONE_PARENT_SETTID | SIGCHLD, NULL, &parent_told);
  CHECK(parent_told == child);
  same(child);
  child = clone(own_word, stack + sizeof stack, CLONE_CHILD_SETTID | SIGCHLD, NULL, NULL, NULL, &child_told);
  expect_success(child);
  child = clone(in_clone, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
  same(child);
  CHECK(getpid() == syscall(SYS_getpid));
  by_vfork();
  by_spawn(arguments[0]);
  by_popen();
  in_one_memory();
  return done();
}
