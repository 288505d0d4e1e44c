/* Who sent a signal. A handler that is told (SA_SIGINFO) is called through one of ours, which puts the virtual pid in the place of the system's;
 * the same for signals that are waited for, and read from a signalfd. FIG. 13 for pids. */
#include "preload/ids.h"
#include <fcntl.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/uio.h>
#include <unistd.h>

typedef void action_function(int, siginfo_t *, void *);
static _Atomic(action_function *) handlers[65];
static _Atomic int signalfds; /* some were made here: reads are looked at */

static bool names_pid(int number, int code) {
  if (code == SI_USER || code == SI_TKILL || code == SI_QUEUE || code == SI_MESGQ) return true;
  return number == SIGCHLD && code >= CLD_EXITED && code <= CLD_CONTINUED;
}

void siginfo_to_virtual(siginfo_t *info) {
  if (ids_on() && names_pid(info->si_signo, info->si_code) && info->si_pid > 0) info->si_pid = pid_shown(info->si_pid);
}

static void handle(int number, siginfo_t *info, void *context) {
  int kept = errno;
  siginfo_to_virtual(info);
  errno = kept;
  atomic_load(&handlers[number])(number, info, context);
}

const struct sigaction *action_to_system(int number, const struct sigaction *new, struct sigaction *changed) {
  if (!ids_on() || new == NULL || number < 1 || number > 64 || !readable(new, sizeof *new)) return new;
  bool function = new->sa_handler != SIG_DFL && new->sa_handler != SIG_IGN && new->sa_handler != SIG_ERR;
  if (!function || (new->sa_flags & SA_SIGINFO) == 0 || new->sa_sigaction == handle) return new;
  atomic_store(&handlers[number], new->sa_sigaction);
  *changed = *new;
  changed->sa_sigaction = handle;
  return changed;
}

sighandler_t handler_told(int number) {
  return number < 1 || number > 64 ? SIG_DFL : (sighandler_t)(void *)atomic_load(&handlers[number]);
}

sighandler_t handler_to_virtual(sighandler_t installed, sighandler_t told) {
  return installed == (sighandler_t)(void *)handle ? told : installed;
}

EXPORT int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info) {
  int result = NEXT(sigwaitinfo)(set, info);
  if (result > 0 && info != NULL) siginfo_to_virtual(info);
  return result;
}

EXPORT int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict limit) {
  int result = NEXT(sigtimedwait)(set, info, limit);
  if (result > 0 && info != NULL) siginfo_to_virtual(info);
  return result;
}

EXPORT int __sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict limit)
    __attribute__((alias("sigtimedwait"), copy(sigtimedwait)));

EXPORT int signalfd(int fd, const sigset_t *set, int flags) {
  if (ids_on()) signalfds = 1;
  return NEXT(signalfd)(fd, set, flags);
}

static bool is_signalfd(int fd) {
  char path[] = "/proc/self/fd/\0\0\0\0\0\0\0\0\0\0", link[24];
  int digits = 1;
  for (int rest = fd; rest >= 10; rest /= 10) digits++;
  for (int i = digits; i > 0; i--, fd /= 10) path[13 + i] = (char)('0' + fd % 10);
  return raw4(SYS_readlinkat, AT_FDCWD, path, link, sizeof link) == 21 && memcmp(link, "anon_inode:[signalfd]", 21) == 0;
}

static void signals_read(int fd, struct signalfd_siginfo *info, ssize_t size) {
  if (size <= 0 || size % (ssize_t)sizeof *info != 0 || !is_signalfd(fd)) return;
  for (ssize_t i = 0; i < size / (ssize_t)sizeof *info; i++)
    if (names_pid((int)info[i].ssi_signo, info[i].ssi_code)) info[i].ssi_pid = (uint32_t)pid_shown((pid_t)info[i].ssi_pid);
}

EXPORT ssize_t read(int fd, void *buffer, size_t size) {
  ssize_t result = NEXT(read)(fd, buffer, size);
  if (UNLIKELY(signalfds) && ids_on()) signals_read(fd, buffer, result);
  return result;
}
EXPORT ssize_t __read(int fd, void *buffer, size_t size);
EXPORT ssize_t __read(int fd, void *buffer, size_t size) { return read(fd, buffer, size); }

EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room) {
  ssize_t result = NEXT(__read_chk)(fd, buffer, size, room);
  if (UNLIKELY(signalfds) && ids_on()) signals_read(fd, buffer, result);
  return result;
}

EXPORT ssize_t readv(int fd, const struct iovec *parts, int count) {
  ssize_t result = NEXT(readv)(fd, parts, count);
  if (UNLIKELY(signalfds) && ids_on() && count == 1) signals_read(fd, parts->iov_base, result);
  return result;
}
