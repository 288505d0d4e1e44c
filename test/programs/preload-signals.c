/* A program's own use of SIGSYS goes on in a clone, and none of its masks blocks the signal that the filter needs. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "preload-clone.h"

static volatile sig_atomic_t seen, code;
static void note(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  seen++;
  code = info->si_code;
}
static void plain(int number) { seen += number == SIGSYS ? 100 : 1000; }

static int blocked(void) {
  sigset_t now;
  CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8) == 0);
  return sigismember(&now, SIGSYS);
}

int main(int count, char **arguments) {
  start_inside(count, arguments, NULL);
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO}, old;
  CHECK(sigaction(SIGSYS, &action, NULL) == 0);
  raise(SIGSYS);
  CHECK(seen == 1);

  char *at = image_of(7, 4 * PAGE); /* from here on it is a clone */
  install_filter();
  raise(SIGSYS);
  CHECK(seen == 2 && code == SI_TKILL);
  CHECK(sigaction(SIGSYS, NULL, &old) == 0 && old.sa_sigaction == note && (old.sa_flags & SA_SIGINFO));
  CHECK(signal(SIGSYS, plain) == (void (*)(int))(void *)note);
  raise(SIGSYS);
  CHECK(seen == 102);
  CHECK(signal(SIGSYS, SIG_IGN) == plain);
  raise(SIGSYS);
  CHECK(seen == 102);

  sigset_t all, before;
  sigfillset(&all);
  CHECK(sigprocmask(SIG_SETMASK, &all, &before) == 0 && !blocked());
  CHECK(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0 && !blocked());
  CHECK(sighold(SIGSYS) == 0 && !blocked());
  sigsetmask(-1);
  CHECK(!blocked() && syscall(SYS_madvise, at, PAGE, MADV_DONTNEED) == 0 && at[0] == 0 && at[PAGE] == 7);
  CHECK(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
  struct sigaction broad = {.sa_handler = plain};
  sigfillset(&broad.sa_mask);
  CHECK(sigaction(SIGUSR1, &broad, NULL) == 0 && sigaction(SIGUSR1, NULL, &old) == 0 && !sigismember(&old.sa_mask, SIGSYS));
  CHECK(sigismember(&old.sa_mask, SIGUSR2));

  pid_t child = fork(); /* the default is still to die of it */
  if (child == 0) {
    signal(SIGSYS, SIG_DFL);
    raise(SIGSYS);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);

  /* what is exec'd from a clone inherits the filter, and none of the ranges */
  ((struct table *)arena->table)->generation = 1;
  if (fork() == 0) {
    sigprocmask(SIG_BLOCK, &all, NULL);
    execl("/bin/sh", "sh", "-c", "python3 -c 'import mmap; m = mmap.mmap(-1, 65536); m.madvise(4); m.resize(131072); print(len(m))' >/dev/null", NULL);
    _exit(127);
  }
  CHECK(wait(&status) > 0 && status == 0);
  return 0;
}
