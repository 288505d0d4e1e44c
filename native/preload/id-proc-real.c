/* The true name of a file, which libc finds by calls of its own: of /proc both what it is given and what it tells name processes. */
#include "preload/proc.h"
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum proc_name proc_rename(const char *from, char to[PROC_PATH]) {
  const char *after, *rest = proc_after(from, "/proc/");
  int number = rest != NULL ? proc_number(rest, &after) : -1, found = number > 0 ? pid_shown(number) : 0;
  if (number <= 0) return PROC_SAME;
  if (found == 0) return PROC_STRANGERS;
  if (strlen(after) + sizeof "/proc/-2147483648/task/-2147483648" > PROC_PATH) return PROC_SAME;
  to = proc_put(stpcpy(to, "/proc/"), found);
  const char *thread = proc_after(after, "/task/");
  number = thread != NULL ? proc_number(thread, &rest) : -1;
  found = number > 0 ? pid_shown(number) : 0;
  if (number > 0 && found == 0) found = pid_claim(number); /* a thread that nobody has asked for yet */
  if (found != 0) to = proc_put(stpcpy(to, "/task/"), found), after = rest;
  strcpy(to, after);
  return PROC_RENAMED;
}

EXPORT char *realpath(const char *restrict path, char *restrict room) {
  char other[PROC_PATH], own[PROC_PATH];
  char *found = NEXT(realpath)(path, room);
  if (LIKELY(!ids_on()) || path == NULL) return found;
  if (proc_is_other(AT_FDCWD, path, found != NULL, other)) {
    if (room == NULL) free(found);
    found = NEXT(realpath)(other, room);
  }
  if (found == NULL || proc_rename(found, own) != PROC_RENAMED) return found;
  if (room != NULL) return strcpy(found, own);
  free(found);
  return strdup(own);
}
EXPORT char *canonicalize_file_name(const char *path) { return realpath(path, NULL); }
EXPORT char *__realpath_chk(const char *path, char *room, size_t size);
EXPORT char *__realpath_chk(const char *path, char *room, size_t size) {
  if (size < PATH_MAX) __builtin_trap(); /* as libc ends the program, whose array is too small */
  return realpath(path, room);
}
