/* Trees that libc walks by itself: of /proc the program is called with the names that it knows, and not for other processes than the instance's. (What
 * `fts` tells is what it goes on by itself: there it can't be renamed.) */
#include "preload/proc.h"
#include <fcntl.h>
#include <ftw.h>
#include <string.h>

struct walk {
  __nftw_func_t told;
  __ftw_func_t told_plainly;
  bool says_how_to_go_on; /* FTW_ACTIONRETVAL */
  bool stopped;
  int result;
};
static __thread struct walk *walk __attribute__((tls_model("initial-exec"))); /* the function has no other way to it; walks within walks keep the outer one */

/* Where the last name begins, as libc finds it. */
static int last_name(const char *path) {
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/') end--;
  while (end > 0 && path[end - 1] != '/') end--;
  return (int)end;
}

static int visit(const char *path, const struct stat *about, int type, struct FTW *place) {
  struct walk *now = walk;
  char own[PROC_PATH];
  struct FTW changed = *place;
  enum proc_name name = proc_rename(path, own);
  if (name == PROC_STRANGERS) return type == FTW_D ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
  if (name == PROC_RENAMED) changed.base = last_name(own);
  int result = now->told(name == PROC_RENAMED ? own : path, about, type, name == PROC_RENAMED ? &changed : place);
  if (result == FTW_CONTINUE || (now->says_how_to_go_on && (result == FTW_SKIP_SUBTREE || result == FTW_SKIP_SIBLINGS))) return result;
  now->stopped = true;
  now->result = result;
  return FTW_STOP;
}

static int visit_plainly(const char *path, const struct stat *about, int type) {
  char own[PROC_PATH];
  enum proc_name name = proc_rename(path, own);
  return name == PROC_STRANGERS ? 0 : walk->told_plainly(name == PROC_RENAMED ? own : path, about, type);
}

EXPORT int nftw(const char *path, __nftw_func_t told, int descriptors, int flags) {
  char other[PROC_PATH];
  if (LIKELY(!ids_on())) return NEXT(nftw)(path, told, descriptors, flags);
  struct walk own = {.told = told, .says_how_to_go_on = (flags & FTW_ACTIONRETVAL) != 0}, *outer = walk;
  walk = &own;
  int result = NEXT(nftw)(proc_is_other(AT_FDCWD, path, true, other) ? other : path, visit, descriptors, flags | FTW_ACTIONRETVAL);
  walk = outer;
  return own.stopped ? own.result : result;
}
EXPORT int nftw64(const char *path, __nftw64_func_t told, int descriptors, int flags) {
  return nftw(path, (__nftw_func_t)told, descriptors, flags); /* the structures are the same on this machine */
}

EXPORT int ftw(const char *path, __ftw_func_t told, int descriptors) {
  char other[PROC_PATH];
  if (LIKELY(!ids_on())) return NEXT(ftw)(path, told, descriptors);
  struct walk own = {.told_plainly = told}, *outer = walk;
  walk = &own;
  int result = NEXT(ftw)(proc_is_other(AT_FDCWD, path, true, other) ? other : path, visit_plainly, descriptors);
  walk = outer;
  return result;
}
EXPORT int ftw64(const char *path, __ftw64_func_t told, int descriptors) { return ftw(path, (__ftw_func_t)told, descriptors); }
