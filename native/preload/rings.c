/* A ring of io_uring can't be part of a template. libuv (Node 22 and later, and others) makes one for every loop, at its start, whether it
 * will be of use or not, and goes without where the kernel has none: so it is told that this kernel has none. Whoever wants a ring
 * for itself gets it, and a commit says what is in its way. */
#include "preload/rings.h"
#include "preload/inside.h"
#include <dlfcn.h>

bool rings_hidden(void) {
  return inside_table() != NULL && dlsym(RTLD_DEFAULT, "uv_loop_init") != NULL;
}
