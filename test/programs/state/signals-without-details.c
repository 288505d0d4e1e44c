/* Blocked signals that came when no more could wait: of them the kernel knows their numbers alone. For the process, and for one thread. */
#include "thread.h"
#include <sys/resource.h>

static struct channel leave;
static volatile sig_atomic_t got[65];
static void count(int number) { got[number]++; }

static void wait_with_signal(void *unused) {
  (void)unused;
  must_zero(pthread_kill(pthread_self(), SIGWINCH));
  hear(leave);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGWINCH);
  must_zero(pthread_sigmask(SIG_UNBLOCK, &one, NULL));
  expect("SIGWINCHs", 1, got[SIGWINCH]);
}

int main(void) {
  begin();
  sigset_t set, now;
  sigemptyset(&set);
  for (int i = 0; i < 2; i++) {
    int number = i == 0 ? SIGUSR2 : SIGWINCH;
    must(sigaction(number, &(struct sigaction){.sa_handler = count}, NULL));
    sigaddset(&set, number);
  }
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  must(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0}));
  leave = channel();
  struct sleeper thread = {0};
  sleep_in(&thread, wait_with_signal, NULL);
  must(kill(getpid(), SIGUSR2));
  await_go();
  must(sigpending(&now));
  expect("SIGUSR2 pending", 1, sigismember(&now, SIGUSR2));
  expect("SIGHUP pending", 0, sigismember(&now, SIGHUP));
  expect("SIGWINCH pending for the main thread", 0, sigismember(&now, SIGWINCH));
  tell(leave, 1);
  join(&thread);
  must(sigprocmask(SIG_UNBLOCK, &set, NULL));
  expect("SIGUSR2s", 1, got[SIGUSR2]);
  done();
}
