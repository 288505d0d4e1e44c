/* Calls that ask about a path, which may be one of /proc. */
#include "preload/proc.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A wrapper of a call that takes a path, and a directory that it is relative to. The second call has the path that the kernel knows. */
#define ASKS(result, failed, name, directory, parameters, own, again) \
  EXPORT result name parameters {                                     \
    char other[PROC_PATH];                                            \
    result found = NEXT(name) own;                                    \
    return proc_is_other(directory, path, found != (failed), other) ? NEXT(name) again : found; \
  }

ASKS(int, -1, stat, AT_FDCWD, (const char *restrict path, struct stat *restrict about), (path, about), (other, about))
ASKS(int, -1, lstat, AT_FDCWD, (const char *restrict path, struct stat *restrict about), (path, about), (other, about))
ASKS(int, -1, stat64, AT_FDCWD, (const char *restrict path, struct stat64 *restrict about), (path, about), (other, about))
ASKS(int, -1, lstat64, AT_FDCWD, (const char *restrict path, struct stat64 *restrict about), (path, about), (other, about))
ASKS(int, -1, fstatat, directory, (int directory, const char *restrict path, struct stat *restrict about, int flags),
     (directory, path, about, flags), (AT_FDCWD, other, about, flags))
ASKS(int, -1, fstatat64, directory, (int directory, const char *restrict path, struct stat64 *restrict about, int flags),
     (directory, path, about, flags), (AT_FDCWD, other, about, flags))
ASKS(int, -1, statx, directory, (int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict about),
     (directory, path, flags, mask, about), (AT_FDCWD, other, flags, mask, about))
ASKS(int, -1, access, AT_FDCWD, (const char *path, int mode), (path, mode), (other, mode))
ASKS(int, -1, euidaccess, AT_FDCWD, (const char *path, int mode), (path, mode), (other, mode))
ASKS(int, -1, eaccess, AT_FDCWD, (const char *path, int mode), (path, mode), (other, mode))
ASKS(int, -1, faccessat, directory, (int directory, const char *path, int mode, int flags), (directory, path, mode, flags),
     (AT_FDCWD, other, mode, flags))
ASKS(int, -1, chdir, AT_FDCWD, (const char *path), (path), (other))
ASKS(int, -1, statfs, AT_FDCWD, (const char *path, struct statfs *about), (path, about), (other, about))
ASKS(int, -1, statfs64, AT_FDCWD, (const char *path, struct statfs64 *about), (path, about), (other, about))
ASKS(ssize_t, -1, getxattr, AT_FDCWD, (const char *path, const char *name, void *value, size_t size), (path, name, value, size), (other, name, value, size))
ASKS(ssize_t, -1, lgetxattr, AT_FDCWD, (const char *path, const char *name, void *value, size_t size), (path, name, value, size), (other, name, value, size))
ASKS(ssize_t, -1, listxattr, AT_FDCWD, (const char *path, char *list, size_t size), (path, list, size), (other, list, size))
ASKS(ssize_t, -1, llistxattr, AT_FDCWD, (const char *path, char *list, size_t size), (path, list, size), (other, list, size))

/* As programs that were linked before glibc 2.33 call them. */
#define STAT_OF_VERSION(name, type)              \
  EXPORT int name(int, const char *, type *);    \
  ASKS(int, -1, name, AT_FDCWD, (int version, const char *path, type *about), (version, path, about), (version, other, about))
STAT_OF_VERSION(__xstat, struct stat)
STAT_OF_VERSION(__lxstat, struct stat)
STAT_OF_VERSION(__xstat64, struct stat64)
STAT_OF_VERSION(__lxstat64, struct stat64)

/* The two links of /proc that are ids. */
static ssize_t link_shown(const char *path, char *to, size_t size, ssize_t length) {
  const char *rest = length > 0 && ids_on() ? proc_after(path, "/proc/") : NULL;
  char text[40], *end = text;
  if (rest == NULL || (strcmp(rest, "self") != 0 && strcmp(rest, "thread-self") != 0)) return length;
  end = proc_put(end, getpid());
  if (*rest == 't') end = proc_put(stpcpy(end, "/task/"), gettid());
  if (size > (size_t)(end - text)) size = (size_t)(end - text);
  memcpy(to, text, size);
  return (ssize_t)size;
}

EXPORT ssize_t readlink(const char *restrict path, char *restrict to, size_t size) {
  char other[PROC_PATH];
  ssize_t length = NEXT(readlink)(path, to, size);
  if (proc_is_other(AT_FDCWD, path, length >= 0, other)) return NEXT(readlink)(other, to, size);
  return link_shown(path, to, size, length);
}

EXPORT ssize_t readlinkat(int directory, const char *restrict path, char *restrict to, size_t size) {
  char other[PROC_PATH];
  ssize_t length = NEXT(readlinkat)(directory, path, to, size);
  if (proc_is_other(directory, path, length >= 0, other)) return NEXT(readlinkat)(AT_FDCWD, other, to, size);
  return link_shown(path, to, size, length);
}

EXPORT ssize_t __readlink_chk(const char *restrict path, char *restrict to, size_t size, size_t room);
EXPORT ssize_t __readlink_chk(const char *restrict path, char *restrict to, size_t size, size_t room) {
  return size > room ? NEXT(__readlink_chk)(path, to, size, room) : readlink(path, to, size);
}
EXPORT ssize_t __readlinkat_chk(int directory, const char *restrict path, char *restrict to, size_t size, size_t room);
EXPORT ssize_t __readlinkat_chk(int directory, const char *restrict path, char *restrict to, size_t size, size_t room) {
  return size > room ? NEXT(__readlinkat_chk)(directory, path, to, size, room) : readlinkat(directory, path, to, size);
}
