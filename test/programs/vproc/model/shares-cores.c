/* Under the preload mechanism alone: whose cores are shared is named to the kernel by the system's id. Few machines have what it takes to do it, so a
 * filter of the program's own looks at what would be asked. */
#include "../check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#define PR_SCHED_CORE_GET 0
#endif

static pid_t system_pid(void) { /* past the library */
  long pid = SYS_getpid;
  __asm__ volatile("syscall" : "+a"(pid) : : "rcx", "r11", "memory");
  return (pid_t)pid;
}

/* E2BIG says that `expected` was named, EDOM that another was. */
static void look_for(pid_t expected) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SCHED_CORE, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)expected, 2, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | E2BIG),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(void) {
  unsigned long long cookie;
  pid_t system;
  int ends[2];
  CHECK(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) {
    system = system_pid();
    CHECK(write(ends[1], &system, sizeof system) == sizeof system);
    for (;;) pause();
  }
  CHECK(read(ends[0], &system, sizeof system) == sizeof system && system != child);
  pid_t asker = fork();
  if (asker == 0) {
    look_for(system);
    FAILS(prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, child, 0, &cookie), E2BIG);
    FAILS(syscall(SYS_prctl, PR_SCHED_CORE, PR_SCHED_CORE_GET, child, 0, &cookie), E2BIG);
    FAILS(prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, 0, &cookie), EDOM); /* the caller itself */
    FAILS(prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, system, 0, &cookie), ESRCH);
    _exit(0);
  }
  expect_success(asker);
  end_child(child);
  return done();
}
