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

EXPORT struct dirent64 *readdir64(DIR *directory) {
  for (struct dirent64 *entry; (entry = NEXT(readdir64)(directory)) != NULL;) {
    const char *after;
    int number = LIKELY(!ids_on()) ? -1 : proc_number(entry->d_name, &after);
    if (LIKELY(number <= 0)) return entry;
    int kept = errno;
    enum list list = list_of(dirfd(directory));
    int shown = list == OF_FILES ? number : name_shown(list, number);
    errno = kept;
    if (list == OF_FILES) return entry;
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
