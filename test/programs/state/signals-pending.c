/* Blocked signals that wait, for the process and for one thread, are still waiting and come once unblocked, each once. */
#include "thread.h"

static struct channel leave;
static volatile sig_atomic_t got[65], on_thread;
static pid_t thread_id;
static void count(int number) {
  got[number]++;
  if (number == SIGWINCH) on_thread = own_tid();
}
static void wait_with_signals(void *unused) {
  (void)unused;
  thread_id = own_tid();
  must_zero(pthread_kill(pthread_self(), SIGWINCH));
  hear(leave);
  sigset_t waiting, one;
  must(sigpending(&waiting));
  expect("SIGWINCH pending for its thread", 1, sigismember(&waiting, SIGWINCH));
  expect("SIGTERM pending for the process", 1, sigismember(&waiting, SIGTERM));
  sigemptyset(&one);
  sigaddset(&one, SIGWINCH);
  must_zero(pthread_sigmask(SIG_UNBLOCK, &one, NULL));
  expect("SIGWINCHs", 1, got[SIGWINCH]);
  expect("the thread that took it", thread_id, on_thread);
}

int main(void) {
  begin();
  static const int blocked[] = {SIGTERM, SIGUSR2, SIGWINCH, SIGHUP};
  sigset_t set, now;
  sigemptyset(&set);
  for (int i = 0; i < 4; i++) {
    must(sigaction(blocked[i], &(struct sigaction){.sa_handler = count}, NULL));
    sigaddset(&set, blocked[i]);
  }
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  leave = channel();
  struct sleeper thread = {0};
  sleep_in(&thread, wait_with_signals, NULL);
  must(kill(getpid(), SIGTERM));
  must(kill(getpid(), SIGTERM));
  must(kill(getpid(), SIGUSR2));
  await_go();
  must(sigprocmask(SIG_SETMASK, NULL, &now));
  for (int i = 0; i < 4; i++) expect("whether a signal is blocked", 1, sigismember(&now, blocked[i]));
  expect("whether SIGINT is blocked", 0, sigismember(&now, SIGINT));
  must(sigpending(&now));
  expect("SIGTERM pending", 1, sigismember(&now, SIGTERM));
  expect("SIGUSR2 pending", 1, sigismember(&now, SIGUSR2));
  expect("SIGHUP pending", 0, sigismember(&now, SIGHUP));
  expect("SIGWINCH pending for the main thread", 0, sigismember(&now, SIGWINCH));
  tell(leave, 1);
  join(&thread);
  must(sigprocmask(SIG_UNBLOCK, &set, NULL));
  expect("SIGTERMs", 1, got[SIGTERM]);
  expect("SIGUSR2s", 1, got[SIGUSR2]);
  done();
}
