/* Opening files, among which may be files of /proc. */
#include "preload/members.h"
#include "preload/proc.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODE_OF(flags, mode)                                        \
  mode_t mode = 0;                                                  \
  if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode = va_arg(rest, mode_t);                                    \
    va_end(rest);                                                   \
  }

void proc_opened(int fd, const char *path, int flags) {
  proc_show(fd, path, flags);
  if (ids_on()) members_opened(path, flags);
}

static int opened(int fd, const char *path, int flags) {
  if (fd >= 0 && LIKELY(inside_table() != NULL)) proc_opened(fd, path, flags);
  return fd;
}

/* What of the descriptor is not to be shown any more is closed again. */
static int discard(int fd) {
  if (fd >= 0) raw_close(fd);
  return fd;
}

EXPORT int open64(const char *path, int flags, ...) {
  MODE_OF(flags, mode)
  char other[PROC_PATH];
  int fd = NEXT(open64)(path, flags, mode);
  if (!proc_is_other(AT_FDCWD, path, fd >= 0, other)) return opened(fd, path, flags);
  discard(fd);
  return opened(NEXT(open64)(other, flags, mode), other, flags);
}
EXPORT int open(const char *path, int flags, ...) __attribute__((alias("open64"), copy(open64)));
EXPORT int __open64(const char *path, int flags, ...) __attribute__((alias("open64"), copy(open64)));
EXPORT int __open(const char *path, int flags, ...) __attribute__((alias("open64"), copy(open64)));
/* /proc/PID/oom_score_adj and its like are written so too. */
EXPORT int creat64(const char *path, mode_t mode) { return open64(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
EXPORT int creat(const char *path, mode_t mode) __attribute__((alias("creat64"), copy(creat64)));
EXPORT int __open64_2(const char *path, int flags);
EXPORT int __open64_2(const char *path, int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? NEXT(__open64_2)(path, flags) : open64(path, flags);
}
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open_2(const char *path, int flags) { return __open64_2(path, flags); }

EXPORT int openat64(int directory, const char *path, int flags, ...) {
  MODE_OF(flags, mode)
  char other[PROC_PATH];
  int fd = NEXT(openat64)(directory, path, flags, mode);
  if (!proc_is_other(directory, path, fd >= 0, other)) return opened(fd, path, flags);
  discard(fd);
  return opened(NEXT(openat64)(AT_FDCWD, other, flags, mode), other, flags);
}
EXPORT int openat(int directory, const char *path, int flags, ...) __attribute__((alias("openat64"), copy(openat64)));
EXPORT int __openat64_2(int directory, const char *path, int flags);
EXPORT int __openat64_2(int directory, const char *path, int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? NEXT(__openat64_2)(directory, path, flags) : openat64(directory, path, flags);
}
EXPORT int __openat_2(int directory, const char *path, int flags);
EXPORT int __openat_2(int directory, const char *path, int flags) { return __openat64_2(directory, path, flags); }

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode) {
  char other[PROC_PATH];
  FILE *file = NEXT(fopen64)(path, mode);
  if (proc_is_other(AT_FDCWD, path, file != NULL, other)) {
    if (file != NULL) fclose(file);
    file = NEXT(fopen64)(path = other, mode);
  }
  if (file != NULL) opened(fileno(file), path, *mode == 'r' && strchr(mode, '+') == NULL ? O_RDONLY : O_WRONLY);
  return file;
}
EXPORT FILE *fopen(const char *restrict path, const char *restrict mode) __attribute__((alias("fopen64"), copy(fopen64)));
