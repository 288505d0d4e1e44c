/* The ways to block signals: while a filter traps, SIGSYS is left out of each. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "preload/next.h"
#include "preload/sigsys.h"

static const sigset_t *without_sigsys(int how, const sigset_t *set, sigset_t *changed) {
  if (how == SIG_UNBLOCK || set == NULL || !inside_trapped() || !readable(set, 8)) return set;
  if (sigismember(set, SIGSYS) != 1) return set;
  memset(changed, 0, sizeof *changed);
  memcpy(changed, set, 8); /* all that the kernel reads */
  sigdelset(changed, SIGSYS);
  return changed;
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
  sigset_t changed;
  return NEXT(sigprocmask)(how, without_sigsys(how, set, &changed), old);
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
  sigset_t changed;
  return NEXT(pthread_sigmask)(how, without_sigsys(how, set, &changed), old);
}

EXPORT int sigblock(int mask) { return NEXT(sigblock)(inside_trapped() ? mask & ~(int)SIGSYS_BIT : mask); }
EXPORT int sigsetmask(int mask) { return NEXT(sigsetmask)(inside_trapped() ? mask & ~(int)SIGSYS_BIT : mask); }
EXPORT int sighold(int number) { return number == SIGSYS && inside_trapped() ? 0 : NEXT(sighold)(number); }
