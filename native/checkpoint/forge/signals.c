#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/shared.h"
#include <signal.h>
#include <ucontext.h>

#define SA_RESTORER_FLAG 0x04000000ull
void forge_restorer(void);

int signal_set(int signal, uint64_t handler) {
  struct kernel_sigaction action = {.handler = handler};
  long r = sys4(SYS_rt_sigaction, signal, &action, 0, 8);
  return r < 0 ? fail_number(r, "set the handler of signal", signal) : 0;
}

int signals_reset(void) {
  for (int i = 1; i <= SIGNAL_COUNT; i++)
    if (i != SIGKILL && i != SIGSTOP && signal_set(i, 0) < 0) return -1;
  return signals_block(0);
}

int signals_block(uint64_t mask) {
  long r = sys4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, 8);
  return r < 0 ? fail_at(r, "have signals wait by the mask", mask) : 0;
}

static void crashed(int signal, siginfo_t *info, void *context) {
  ucontext_t *at = context;
  (void)info;
  (void)signal;
  fail_at(-EFAULT, "run the restorer at", (uint64_t)at->uc_mcontext.gregs[REG_RIP]);
  sys_exit(1);
}

int signals_catch_crash(void) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  struct kernel_sigaction action = {(uint64_t)crashed, SA_SIGINFO | SA_RESTORER_FLAG, (uint64_t)forge_restorer, ALL_SIGNALS};
  for (unsigned i = 0; i < sizeof crashes / sizeof *crashes; i++) {
    long r = sys4(SYS_rt_sigaction, crashes[i], &action, 0, 8);
    if (r < 0) return fail_number(r, "catch signal", crashes[i]);
  }
  return 0;
}
