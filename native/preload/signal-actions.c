/* The ways to install a handler. SIGSYS: what the program wants is remembered at all times, so that a clone knows it; while
 * a filter traps, ours stays installed. Other signals: their handlers must not block SIGSYS then. */
#include "preload/ids.h"
#include "preload/sigsys.h"

static void to_kernel(struct kernel_sigaction *to, const struct sigaction *from) {
  *to = (struct kernel_sigaction){(void *)from->sa_handler, (unsigned long)from->sa_flags, NULL, 0};
  memcpy(&to->mask, &from->sa_mask, sizeof to->mask);
}

static void from_kernel(struct sigaction *to, const struct kernel_sigaction *from) {
  memset(to, 0, sizeof *to);
  to->sa_handler = (sighandler_t)from->handler;
  to->sa_flags = (int)from->flags & ~0x04000000;
  memcpy(&to->sa_mask, &from->mask, sizeof from->mask);
}

static int wish_only(const struct sigaction *new, struct sigaction *old) {
  struct kernel_sigaction wanted, before;
  if (new != NULL) to_kernel(&wanted, new);
  sigsys_wish(new != NULL ? &wanted : NULL, &before);
  if (old != NULL) from_kernel(old, &before);
  return 0;
}

static int set_other(int number, const struct sigaction *new, struct sigaction *old, bool unblock) {
  struct sigaction changed, told;
  sighandler_t before = handler_told(number); /* ours stands for it */
  new = action_to_system(number, new, &told);
  if (unblock && sigismember(&new->sa_mask, SIGSYS) == 1) {
    changed = *new;
    sigdelset(&changed.sa_mask, SIGSYS);
    new = &changed;
  }
  int result = NEXT(sigaction)(number, new, old);
  if (result == 0 && old != NULL) old->sa_handler = handler_to_virtual(old->sa_handler, before);
  return result;
}

static int set_action(int number, const struct sigaction *new, struct sigaction *old) {
  bool trapped = inside_trapped(), given = new != NULL && readable(new, sizeof *new);
  if (number != SIGSYS) return set_other(number, new, old, trapped && given);
  if (trapped && (new == NULL || given) && (old == NULL || readable(old, sizeof *old))) return wish_only(new, old);
  struct kernel_sigaction wanted;
  if (given) to_kernel(&wanted, new);
  int result = NEXT(sigaction)(number, new, old);
  if (result == 0 && given) sigsys_wish(&wanted, NULL);
  return result;
}

/* signal() and its kin differ in flags only. */
static sighandler_t set_handler(sighandler_t handler, int flags) {
  struct sigaction new = {.sa_handler = handler, .sa_flags = flags}, old;
  return set_action(SIGSYS, &new, &old) == 0 ? old.sa_handler : SIG_ERR;
}

EXPORT int sigaction(int number, const struct sigaction *new, struct sigaction *old) { return set_action(number, new, old); }
EXPORT int __sigaction(int number, const struct sigaction *new, struct sigaction *old) { return set_action(number, new, old); }

EXPORT sighandler_t signal(int number, sighandler_t handler) {
  if (number == SIGSYS) return set_handler(handler, SA_RESTART);
  sighandler_t before = handler_told(number);
  return handler_to_virtual(NEXT(signal)(number, handler), before);
}
EXPORT sighandler_t bsd_signal(int number, sighandler_t handler) { return signal(number, handler); }
EXPORT sighandler_t ssignal(int number, sighandler_t handler) { return signal(number, handler); }

EXPORT sighandler_t sysv_signal(int number, sighandler_t handler) {
  if (number == SIGSYS) return set_handler(handler, SA_RESETHAND | SA_NODEFER);
  sighandler_t before = handler_told(number);
  return handler_to_virtual(NEXT(sysv_signal)(number, handler), before);
}
EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler) { return sysv_signal(number, handler); }

EXPORT sighandler_t sigset(int number, sighandler_t handler) {
  if (number != SIGSYS || !inside_trapped()) {
    sighandler_t before = handler_told(number);
    return handler_to_virtual(NEXT(sigset)(number, handler), before);
  }
  return handler == SIG_HOLD ? SIG_HOLD : set_handler(handler, 0);
}

EXPORT int sigignore(int number) {
  if (number != SIGSYS) return NEXT(sigignore)(number);
  return set_handler(SIG_IGN, 0) == SIG_ERR ? -1 : 0;
}
