/* Linked statically, and opens a library that brings a C library of its own with it. Neither has the preload library; the ids are those of the system,
 * all of them. */
#include "../../state/process.h"
#include <dlfcn.h>

int main(void) {
  begin();
  void *library = must_have(dlopen("libm.so.6", RTLD_NOW));
  double (*root)(double) = (double (*)(double))must_have(dlsym(library, "sqrt"));
  pid_t self = getpid(), child = (pid_t)must(fork());
  if (child == 0) _exit(getppid() == self ? 9 : 1);
  expect("how the child ends", 9, reap(child));
  await_go();
  expect("the pid", self, getpid());
  expect("the root of 49", 7, root(49));
  must(kill(self, 0));
  done();
}
