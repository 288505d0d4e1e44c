/* dlsym takes the loader's lock, so it is called while the process starts and not from a handler or a forked child. */
#include "preload/next.h"
#include <dlfcn.h>

struct next next_functions;

static long missing(void) {
  errno = ENOSYS;
  return -1;
}

void *next_find(void **slot, const char *name) {
  int kept = errno;
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) found = (void *)missing;
  __atomic_store_n(slot, found, __ATOMIC_RELEASE);
  errno = kept;
  return found;
}

void next_find_all(void) {
#define X(result, name, arguments) NEXT(name);
  NEXT_FUNCTIONS(X)
  NEXT_ID_FUNCTIONS(X)
#undef X
/* dlsym writes a message about what is not there to memory that it asks malloc for, and a malloc that is being set up in this very
 * moment (jemalloc asks for the number of processors) would wait for itself. */
#define X(result, name, arguments)                                                       \
  if (next_exists(#name)) NEXT(name);                                                    \
  else __atomic_store_n((void **)&next_functions.name, (void *)missing, __ATOMIC_RELEASE);
  NEXT_NEWER_FUNCTIONS(X)
#undef X
}
