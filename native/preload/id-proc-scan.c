/* Lists that libc makes by itself: of /proc they are made with the functions of this library. Here memory is allocated, for that is what the
 * caller gets; libc's own do the same. */
#include "preload/proc.h"
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef int filter_function(const struct dirent64 *);
typedef int order_function(const struct dirent64 **, const struct dirent64 **);

static bool may_be_below(int directory, const char *path) {
  char place[PROC_PATH];
  return ids_on() && path != NULL && (*path == '/' ? proc_after(path, "/proc") != NULL : proc_place(directory, place));
}

struct found { struct dirent64 **entries; size_t count, room; };

static bool keep(struct found *found, const struct dirent64 *entry) {
  if (found->count == found->room) {
    size_t room = found->room == 0 ? 64 : 2 * found->room;
    struct dirent64 **larger = realloc(found->entries, room * sizeof *larger);
    if (larger == NULL) return false;
    found->entries = larger;
    found->room = room;
  }
  size_t size = offsetof(struct dirent64, d_name) + strlen(entry->d_name) + 1;
  struct dirent64 *copy = malloc(size);
  if (copy != NULL) found->entries[found->count++] = memcpy(copy, entry, size);
  return copy != NULL;
}

static bool read_all(DIR *list, struct found *found, filter_function *filter) {
  errno = 0;
  for (struct dirent64 *entry; (entry = readdir64(list)) != NULL; errno = 0)
    if ((filter == NULL || filter(entry)) && !keep(found, entry)) return false;
  return errno == 0;
}

static int scan(DIR *list, struct dirent64 ***out, filter_function *filter, order_function *order) {
  struct found found = {NULL, 0, 0};
  int kept = errno;
  bool whole = read_all(list, &found, filter);
  int failed = errno;
  closedir(list);
  if (!whole) {
    while (found.count > 0) free(found.entries[--found.count]);
    free(found.entries);
    return refused(-failed);
  }
  if (order != NULL && found.count > 1) qsort(found.entries, found.count, sizeof *found.entries, (int (*)(const void *, const void *))order);
  *out = found.entries;
  errno = kept;
  return (int)found.count;
}

EXPORT int scandirat64(int directory, const char *restrict path, struct dirent64 ***restrict out, filter_function *filter, order_function *order) {
  if (LIKELY(!may_be_below(directory, path))) return NEXT(scandirat64)(directory, path, out, filter, order);
  int fd = openat64(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
  if (list != NULL) return scan(list, out, filter, order);
  if (fd >= 0) raw_close(fd);
  return -1;
}
EXPORT int scandir64(const char *restrict path, struct dirent64 ***restrict out, filter_function *filter, order_function *order) {
  return scandirat64(AT_FDCWD, path, out, filter, order);
}
/* The two structures are the same on this machine. */
EXPORT int scandirat(int directory, const char *restrict path, struct dirent ***restrict out, int (*filter)(const struct dirent *),
                     int (*order)(const struct dirent **, const struct dirent **)) {
  return scandirat64(directory, path, (struct dirent64 ***)out, (filter_function *)filter, (order_function *)order);
}
EXPORT int scandir(const char *restrict path, struct dirent ***restrict out, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **)) {
  return scandirat(AT_FDCWD, path, out, filter, order);
}

static void *open_list(const char *path) { return opendir(path); }
static struct dirent64 *read_list(void *list) { return readdir64(list); }
static void close_list(void *list) { closedir(list); }

EXPORT int glob64(const char *restrict pattern, int flags, int (*failed)(const char *, int), glob64_t *restrict out) {
  if (LIKELY(!ids_on()) || (flags & GLOB_ALTDIRFUNC) != 0 || !may_be_below(AT_FDCWD, pattern)) return NEXT(glob64)(pattern, flags, failed, out);
  glob64_t before = *out;
  out->gl_opendir = open_list;
  out->gl_readdir = read_list;
  out->gl_closedir = close_list;
  out->gl_stat = stat64;
  out->gl_lstat = lstat64;
  int result = NEXT(glob64)(pattern, flags | GLOB_ALTDIRFUNC, failed, out);
  out->gl_flags &= ~GLOB_ALTDIRFUNC;
  out->gl_opendir = before.gl_opendir;
  out->gl_readdir = before.gl_readdir;
  out->gl_closedir = before.gl_closedir;
  out->gl_stat = before.gl_stat;
  out->gl_lstat = before.gl_lstat;
  return result;
}
EXPORT int glob(const char *restrict pattern, int flags, int (*failed)(const char *, int), glob_t *restrict out) {
  return glob64(pattern, flags, failed, (glob64_t *)out);
}
