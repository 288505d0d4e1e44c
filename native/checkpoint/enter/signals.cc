#include "checkpoint/enter/signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

static constexpr int passed_on[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
static constexpr time_t echo_s = 3; // how long our caller may take, on a machine with much to do

// A signal for the whole process group (the terminal's ^C, `kill -- -GROUP`) has reached the command by itself when it reaches us. Our caller
// gets it too and passes it on, as it passes on what it is sent alone and can't tell from it. So what the group was sent is counted here, and
// left out when it comes from the caller.
struct Heard {
  volatile int count;
  volatile time_t last;
};
static Heard heard[NSIG];
static pid_t target;
static bool target_is_init;

static bool is_echo(Heard &of, time_t now) {
  if (of.count == 0 || now - of.last > echo_s) return false;
  of.count = of.count - 1;
  return true;
}

static void take(int number, siginfo_t *from, void *) {
  int kept = errno;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  Heard &of = heard[number];
  if (from->si_code > 0 || from->si_pid != getppid()) {
    of.count = now.tv_sec - of.last > echo_s ? 1 : of.count + 1;
    of.last = now.tv_sec;
  } else if (!is_echo(of, now.tv_sec)) {
    // An init can't see who sends it something, but that it was queued.
    if (target_is_init) sigqueue(target, number, {});
    else kill(target, number);
  }
  errno = kept;
}

static void take_as_init(int number, siginfo_t *from, void *) {
  int kept = errno;
  if (from->si_code == SI_QUEUE) kill(target, number);
  errno = kept;
}

static void watch(void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  sigfillset(&action.sa_mask);
  for (int number : passed_on) sigaction(number, &action, nullptr);
}

void pass_on_to(pid_t child, bool as_init) {
  target = child;
  target_is_init = as_init;
  watch(take);
}

void pass_on_as_init(pid_t command) {
  target = command;
  watch(take_as_init);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
}
