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

static bool names_pid(int number, int code) {
  if (code == SI_USER || code == SI_TKILL || code == SI_QUEUE || code == SI_MESGQ || code == SI_ASYNCIO) return true;
  return number == SIGCHLD && code >= CLD_EXITED && code <= CLD_CONTINUED;
}

void siginfo_to_virtual(siginfo_t *info) {
  if (ids_on() && names_pid(info->si_signo, info->si_code) && info->si_pid > 0) info->si_pid = pid_shown(info->si_pid);
}

void siginfo_to_system(siginfo_t *info) {
  long system = names_pid(info->si_signo, info->si_code) && info->si_pid > 0 ? pid_argument(info->si_pid) : 0;
  if (system > 0) info->si_pid = (pid_t)system;
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

static bool is_signalfd(int fd) {
  char path[] = "/proc/self/fd/\0\0\0\0\0\0\0\0\0\0", link[24];
  int digits = 1;
  for (int rest = fd; rest >= 10; rest /= 10) digits++;
  for (int i = digits; i > 0; i--, fd /= 10) path[13 + i] = (char)('0' + fd % 10);
  return raw4(SYS_readlinkat, AT_FDCWD, path, link, sizeof link) == 21 && memcmp(link, "anon_inode:[signalfd]", 21) == 0;
}

/* What signalfd_siginfo begins with. */
struct told { uint32_t number; int32_t error, code; uint32_t pid; };

/* Moves bytes between the parts that were read into and `own`. */
static void move(const struct iovec *parts, size_t at, void *own, size_t size, bool into_parts) {
  for (char *here = own; size > 0; parts++) {
    if (at >= parts->iov_len) {
      at -= parts->iov_len;
      continue;
    }
    size_t count = parts->iov_len - at < size ? parts->iov_len - at : size;
    char *there = (char *)parts->iov_base + at;
    memcpy(into_parts ? there : here, into_parts ? here : there, count);
    here += count;
    size -= count;
    at = 0;
  }
}

/* A descriptor may be one of signals that another program has left to this one: what was read tells, and the kernel is asked only when it looks so. */
static void signals_read(int fd, const struct iovec *parts, ssize_t size) {
  struct told told;
  bool known = false;
  for (size_t at = 0; at < (size_t)size; at += sizeof(struct signalfd_siginfo)) {
    move(parts, at, &told, sizeof told, false);
    if (told.number < 1 || told.number > 64) return;
    if (!names_pid((int)told.number, told.code) || (int32_t)told.pid <= 0) continue;
    if (!known && !(known = is_signalfd(fd))) return;
    told.pid = (uint32_t)pid_shown((pid_t)told.pid);
    move(parts, at, &told, sizeof told, true);
  }
}

static inline bool may_be_signals(ssize_t size) {
  return UNLIKELY(size > 0 && size % (ssize_t)sizeof(struct signalfd_siginfo) == 0) && ids_on();
}

static ssize_t was_read(int fd, void *buffer, ssize_t size) {
  const struct iovec whole = {buffer, (size_t)size};
  if (may_be_signals(size)) signals_read(fd, &whole, size);
  return size;
}

EXPORT ssize_t read(int fd, void *buffer, size_t size) { return was_read(fd, buffer, NEXT(read)(fd, buffer, size)); }
EXPORT ssize_t __read(int fd, void *buffer, size_t size);
EXPORT ssize_t __read(int fd, void *buffer, size_t size) { return read(fd, buffer, size); }

EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room) {
  return was_read(fd, buffer, NEXT(__read_chk)(fd, buffer, size, room));
}

EXPORT ssize_t readv(int fd, const struct iovec *parts, int count) {
  ssize_t result = NEXT(readv)(fd, parts, count);
  if (may_be_signals(result)) signals_read(fd, parts, result);
  return result;
}
