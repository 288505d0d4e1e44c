/* Where the caller is, which the kernel tells by a call of libc's own: below /proc the name has the system's id. */
#include "preload/proc.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

long proc_cwd_shown(char *room, size_t size, long length) {
  char own[PROC_PATH];
  if (length <= 0 || LIKELY(!ids_on()) || proc_rename(room, own) != PROC_RENAMED) return length;
  length = (long)strlen(own) + 1;
  if ((size_t)length > size) return refused(-ERANGE);
  memcpy(room, own, (size_t)length);
  return length;
}

/* `found` is the caller's room, or was allocated for it. */
static char *in_room(char *found, const char *room, size_t size) {
  if (found == NULL || proc_cwd_shown(found, size, 1) >= 0) return found;
  if (room == NULL) free(found);
  return NULL;
}

/* What was allocated has just the room for the name that it holds. */
static char *anew(char *found) {
  char own[PROC_PATH];
  if (found == NULL || LIKELY(!ids_on()) || proc_rename(found, own) != PROC_RENAMED) return found;
  free(found);
  return strdup(own);
}

EXPORT char *getcwd(char *room, size_t size) {
  char *found = NEXT(getcwd)(room, size);
  return room == NULL && size == 0 ? anew(found) : in_room(found, room, size);
}
EXPORT char *__getcwd_chk(char *room, size_t size, size_t limit);
EXPORT char *__getcwd_chk(char *room, size_t size, size_t limit) {
  return size > limit ? NEXT(__getcwd_chk)(room, size, limit) : getcwd(room, size);
}
EXPORT char *get_current_dir_name(void) { return anew(NEXT(get_current_dir_name)()); }
EXPORT char *getwd(char *room) { return in_room(NEXT(getwd)(room), room, PATH_MAX); }
EXPORT char *__getwd_chk(char *room, size_t limit);
EXPORT char *__getwd_chk(char *room, size_t limit) { return in_room(NEXT(__getwd_chk)(room, limit), room, limit); }
