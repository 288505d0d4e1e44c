/* The handler for trapped calls. It runs on whatever stack the thread has, in the middle of anything, malloc included, and may be
 * entered again by its own callees: it touches nothing but the registers it was given and raw system calls.
 *
 * SIGSYS must stay unblocked while a filter traps: a trap into a blocked signal ends the process. signal-masks.c keeps
 * it out of every mask, libc-patch.c keeps libc's own blocked sections out of the trap. */
#include "preload/sigsys.h"
#include "preload/dispatch.h"
#include "preload/memory.h"
#include <ucontext.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

static struct kernel_sigaction wish;

void sigsys_wish(const struct kernel_sigaction *new, struct kernel_sigaction *old) {
  struct kernel_sigaction before = wish;
  if (new != NULL) wish = *new;
  if (old != NULL) *old = before;
}

static long act(int number, uint64_t mask) {
  const struct kernel_sigaction standard = {(void *)SIG_DFL, 0x04000000, (void *)appshot_sigreturn, 0};
  uint64_t unblock = 1ull << (number - 1) | mask;
  raw4(SYS_rt_sigaction, number, &standard, NULL, 8);
  raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, &unblock, NULL, 8);
  return raw3(SYS_tgkill, raw3(SYS_getpid, 0, 0, 0), raw3(SYS_gettid, 0, 0, 0), number);
}

/* Somebody else's SIGSYS: as if we were not here. */
static void chain(int number, siginfo_t *info, void *context) {
  struct kernel_sigaction now = wish;
  if (now.handler == (void *)SIG_IGN && info->si_code != SYS_SECCOMP) return;
  if (now.handler == (void *)SIG_DFL || now.handler == (void *)SIG_IGN) {
    act(number, 0);
    return;
  }
  uint64_t mask = now.mask & ~SIGSYS_BIT;
  raw4(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8); /* the frame's own mask comes back with the return */
  if (now.flags & SA_RESETHAND) wish.handler = (void *)SIG_DFL;
  ((void (*)(int, siginfo_t *, void *))now.handler)(number, info, context);
}

void sigsys_handler(int number, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  uint64_t a = (uint64_t)r[REG_RDI], b = (uint64_t)r[REG_RSI], c = (uint64_t)r[REG_RDX];
  if (info->si_code == SI_DISPATCHED && dispatch_on()) return dispatched(info, context);
  bool ours = info->si_code == SYS_SECCOMP && (info->si_syscall == SYS_madvise || info->si_syscall == SYS_mremap);
  if (ours && trapped == trapped_syscall && inside.foreign_filter)
    r[REG_RAX] = -ENOMEM; /* our own call would be trapped too, without end */
  else if (ours && info->si_syscall == SYS_madvise)
    r[REG_RAX] = memory_madvise(a, b, (int)c);
  else if (ours)
    r[REG_RAX] = memory_mremap(a, b, c, (uint64_t)r[REG_R10], (uint64_t)r[REG_R8]);
  else
    chain(number, info, context);
}

/* In a program that was exec'd from a clone; in the clone itself the restorer has done it. */
void sigsys_install(void) {
  const uint64_t unblock = SIGSYS_BIT;
  const struct kernel_sigaction ours = {(void *)sigsys_handler, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | 0x04000000 /* SA_RESTORER */,
                                        (void *)appshot_sigreturn, 0};
  raw4(SYS_rt_sigaction, SIGSYS, &ours, &wish, 8);
  raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, &unblock, NULL, 8);
}
