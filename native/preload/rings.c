/* A ring of io_uring can't be part of a template. Programs that use one for speed alone go without where the kernel has none, as in most containers:
 * libuv (Node 22 and later, and others) makes one for every loop, at its start, whether it will be of use or not, and those that are linked with
 * liburing have another way (MariaDB, MPD). So these are told that this kernel has none. Whoever asks the kernel itself gets a ring, and a commit
 * says what is in its way. APPSHOT_IO_URING says otherwise: `all` (programs get rings) or `none`. */
#include "preload/rings.h"
#include "preload/environment.h"
#include "preload/inside.h"
#include <dlfcn.h>
#include <string.h>

extern char **environ;

bool rings_hidden(bool by_liburing) {
  if (inside_table() == NULL) return false;
  const char *value = setting(environ, "APPSHOT_IO_URING");
  if (value != NULL && strcmp(value, "all") == 0) return false;
  if (value != NULL && strcmp(value, "none") == 0) return true;
  return by_liburing || dlsym(RTLD_DEFAULT, "uv_loop_init") != NULL;
}

/* What liburing is asked for a ring by; errors are negative there. Its own calls are instructions. */
struct io_uring;
struct io_uring_params;
struct io_uring_probe;
#define PASSED_ON(result, name, parameters, arguments, none)                                                                           \
  EXPORT result name parameters {                                                                                                      \
    result(*real) parameters = rings_hidden(true) ? NULL : (result(*) parameters)dlsym(RTLD_NEXT, #name);                              \
    return real != NULL ? real arguments : none;                                                                                       \
  }

PASSED_ON(int, io_uring_queue_init, (unsigned entries, struct io_uring *ring, unsigned flags), (entries, ring, flags), -ENOSYS)
PASSED_ON(int, io_uring_queue_init_params, (unsigned entries, struct io_uring *ring, struct io_uring_params *about), (entries, ring, about), -ENOSYS)
PASSED_ON(int, io_uring_queue_init_mem, (unsigned entries, struct io_uring *ring, struct io_uring_params *about, void *at, size_t size),
          (entries, ring, about, at, size), -ENOSYS)
PASSED_ON(int, io_uring_setup, (unsigned entries, struct io_uring_params *about), (entries, about), -ENOSYS)
PASSED_ON(struct io_uring_probe *, io_uring_get_probe, (void), (), NULL)
