/* Lists of processes and threads: of /proc those of the instance alone, under their virtual ids. */
#include "preload/proc.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

EXPORT DIR *opendir(const char *path) {
  char other[PROC_PATH];
  DIR *found = NEXT(opendir)(path);
  if (!proc_is_other(AT_FDCWD, path, found != NULL, other)) return found;
  if (found != NULL) closedir(found);
  return NEXT(opendir)(other);
}

enum list { OF_FILES, OF_PROCESSES, OF_THREADS };

static enum list list_of(int fd) {
  char place[PROC_PATH];
  const char *after;
  if (!proc_place(fd, place)) return OF_FILES;
  const char *process = proc_after(place, "/proc/");
  if (process == NULL) return OF_PROCESSES;
  return proc_number(process, &after) >= 0 && strcmp(after, "/task") == 0 ? OF_THREADS : OF_FILES;
}

/* 0: not of the instance. A number that another process has by now is nobody's, whatever the table still says. */
static int name_shown(enum list list, int system) {
  int found = pid_shown(system);
  if (list == OF_THREADS) return found != 0 ? found : pid_claim(system);
  return found > 0 && pid_wanted(found, false) == system ? found : 0;
}

/* An entry has no room for a longer name where it stands. One at a time of each kind: who lists threads is in the middle of the processes. */
static __thread struct dirent64 entries[2] __attribute__((tls_model("initial-exec")));

/* What an entry of `fd` is to be called: the list that it is in, and its number there, 0 where it is none of the instance's. */
static enum list entry_shown(int fd, const char *name, int *shown) {
  const char *after;
  int number = LIKELY(!ids_on()) ? -1 : proc_number(name, &after);
  if (LIKELY(number <= 0)) return OF_FILES;
  int kept = errno;
  enum list list = list_of(fd);
  if (list != OF_FILES) *shown = name_shown(list, number);
  errno = kept;
  return list;
}

EXPORT struct dirent64 *readdir64(DIR *directory) {
  for (struct dirent64 *entry; (entry = NEXT(readdir64)(directory)) != NULL;) {
    int shown;
    enum list list = entry_shown(dirfd(directory), entry->d_name, &shown);
    if (LIKELY(list == OF_FILES)) return entry;
    if (shown == 0) continue;
    struct dirent64 *own = &entries[list == OF_THREADS];
    memcpy(own, entry, offsetof(struct dirent64, d_name));
    own->d_reclen = sizeof *own;
    *proc_put(own->d_name, shown) = '\0';
    return own;
  }
  return NULL;
}
EXPORT struct dirent *readdir(DIR *directory);
EXPORT struct dirent *readdir(DIR *directory) { return (struct dirent *)readdir64(directory); }

/* The caller's entry has room for any name. */
static int next_into(DIR *directory, struct dirent64 *entry, struct dirent64 **found) {
  for (;;) {
    int shown, result = NEXT(readdir64_r)(directory, entry, found);
    if (result != 0 || *found == NULL || entry_shown(dirfd(directory), entry->d_name, &shown) == OF_FILES) return result;
    if (shown != 0) return *proc_put(entry->d_name, shown) = '\0', 0;
  }
}
EXPORT int readdir64_r(DIR *directory, struct dirent64 *entry, struct dirent64 **found) { return next_into(directory, entry, found); }
EXPORT int readdir_r(DIR *directory, struct dirent *entry, struct dirent **found) {
  return next_into(directory, (struct dirent64 *)entry, (struct dirent64 **)found);
}

/* Entries lie one behind the other, and a longer name makes one 8 bytes longer where it was 24: what the kernel gives stands at the end of the buffer,
 * and is written anew from its start. */
static ssize_t rewrite(int fd, char *to, const char *from, ssize_t size) {
  char *start = to;
  for (const char *end = from + size; from < end;) {
    _Alignas(8) char own[offsetof(struct dirent64, d_name) + 264];
    struct dirent64 *entry = (struct dirent64 *)own;
    uint16_t length = ((const struct dirent64 *)from)->d_reclen;
    memcpy(own, from, length < sizeof own ? length : sizeof own);
    from += length;
    int shown = -1;
    if (entry_shown(fd, entry->d_name, &shown) != OF_FILES && shown == 0) continue;
    if (shown > 0) {
      size_t name = (size_t)(proc_put(entry->d_name, shown) - own) + 1;
      entry->d_reclen = (unsigned short)((name + 7) & ~7ul);
      memset(own + name - 1, 0, entry->d_reclen - name + 1);
    }
    memcpy(to, own, entry->d_reclen);
    to += entry->d_reclen;
  }
  return to - start;
}

EXPORT ssize_t getdents64(int fd, void *buffer, size_t size) {
  if (LIKELY(!ids_on()) || list_of(fd) == OF_FILES) return NEXT(getdents64)(fd, buffer, size);
  size_t before = (size / 4) & ~7ul;
  for (;;) {
    ssize_t got = NEXT(getdents64)(fd, (char *)buffer + before, size - before);
    ssize_t shown = got > 0 ? rewrite(fd, buffer, (char *)buffer + before, got) : got;
    if (got <= 0 || shown > 0) return shown; /* nothing of the instance's is not the end */
  }
}
