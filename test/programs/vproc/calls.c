/* syscall() agrees with the functions, and leaves errno as they do. */
#include "check.h"
#include <linux/kcmp.h>
#include <sys/resource.h>

int main(void) {
  pid_t child = idle_child();
  CHECK(syscall(SYS_kill, child, 0) == 0 && syscall(SYS_getpgid, child) == getpgid(child) && syscall(SYS_getsid, child) == getsid(child));
  CHECK(syscall(SYS_kcmp, getpid(), child, KCMP_FILES, 0, 0) != 0 && syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0) == 0);
  CHECK(syscall(SYS_sched_getscheduler, child) == SCHED_OTHER && syscall(SYS_tgkill, child, child, 0) == 0);
  struct rlimit64 limit;
  CHECK(syscall(SYS_prlimit64, child, RLIMIT_CORE, NULL, &limit) == 0);
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  info.si_pid = getpid();
  sigset_t set;
  siginfo_t got;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info) == 0);
  CHECK(sigwaitinfo(&set, &got) == SIGUSR1 && got.si_pid == getpid());
  FAILS(syscall(SYS_kill, 0x3ffffffe, 0), ESRCH);
  FAILS(syscall(SYS_close, -1), EBADF);
  FAILS(syscall(100000), ENOSYS);
  errno = 7;
  CHECK(syscall(SYS_getuid) == getuid() && errno == 7 && getpid() > 0 && kill(child, 0) == 0 && errno == 7);
  CHECK(syscall(SYS_mmap, 0L, 4096L, 3L, 0x22L, -1L, 0L) > 0); /* six arguments */
  end_child(child);
  return done();
}
