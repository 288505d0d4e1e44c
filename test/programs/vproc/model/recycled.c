/* Under the preload mechanism alone: a pid that comes back for another process gets another virtual id, and the old one names nothing. */
#include "../check.h"
#include <dirent.h>
#include <sys/mman.h>

struct told { _Atomic int ready; pid_t virtual_id, system; };

static pid_t system_pid(void) { /* past the library */
  long pid = SYS_getpid;
  __asm__ volatile("syscall" : "+a"(pid) : : "rcx", "r11", "memory");
  return (pid_t)pid;
}

static void orphan(struct told *told) {
  if (fork() == 0) {
    told->virtual_id = getpid();
    told->system = system_pid();
    told->ready = 1;
    for (;;) pause();
  }
  _exit(0);
}

/* What is known of a process holds for a tick of the clock, in which no number comes back by itself. */
static void gone(pid_t old) {
  for (int i = 0; i < 10000 && kill(old, 0) == 0; i++) usleep(500);
  FAILS(kill(old, 0), ESRCH);
  usleep(20000);
}

/* The kernel gives the next number that is free. */
static void be_next(pid_t system) {
  char text[16];
  int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
  CHECK(fd >= 0 && write(fd, text, (size_t)snprintf(text, sizeof text, "%d", system - 1)) > 0);
  close(fd);
}

/* Of a process that the library knows nothing of, as all others of the host's: the table still has the word of the one before. */
static void by_a_stranger(struct told *told) {
  pid_t starter = fork();
  told->ready = 0;
  if (starter == 0) orphan(told);
  expect_success(starter);
  while (!told->ready) usleep(500);
  pid_t old = told->virtual_id, number = told->system;
  CHECK(kill(old, SIGKILL) == 0);
  gone(old);
  for (int tries = 0; tries < 200; tries++) {
    be_next(number);
    long made = SYS_fork; /* past the library */
    __asm__ volatile("syscall" : "+a"(made) : : "rcx", "r11", "memory");
    while (made == 0) {
      long waits = SYS_pause;
      __asm__ volatile("syscall" : "+a"(waits) : : "rcx", "r11", "memory");
    }
    CHECK(made > 0);
    int listed = 0;
    DIR *list = opendir("/proc");
    CHECK(list != NULL);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) listed += atoi(entry->d_name) == old || atoi(entry->d_name) == number;
    closedir(list);
    if (made == number) {
      FAILS(kill(old, 0), ESRCH);
      CHECK(listed == 0);
    }
    long ends = SYS_kill;
    __asm__ volatile("syscall" : "+a"(ends) : "D"(made), "S"(SIGKILL) : "rcx", "r11", "memory");
    CHECK(ends == 0 && wait(NULL) > 0);
    if (made == number) return;
  }
  CHECK(!"the number came back");
}

int main(void) {
  struct told *told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t starter = fork();
  if (starter == 0) orphan(told);
  expect_success(starter);
  while (!told->ready) usleep(500);
  pid_t old = told->virtual_id, number = told->system;
  CHECK(old != number && kill(old, SIGKILL) == 0);
  gone(old);
  for (int tries = 0; tries < 200; tries++) { /* others take numbers too */
    told->ready = 0;
    be_next(number);
    pid_t child = fork();
    if (child == 0) {
      told->system = system_pid();
      told->ready = 1;
      for (;;) pause();
    }
    while (!told->ready) usleep(200);
    if (told->system == number) {
      CHECK(child != old && kill(child, 0) == 0);
      FAILS(kill(old, 0), ESRCH);
      FAILS(getpgid(old), ESRCH);
      end_child(child);
      by_a_stranger(told);
      return done();
    }
    end_child(child);
  }
  CHECK(!"the number came back");
}
