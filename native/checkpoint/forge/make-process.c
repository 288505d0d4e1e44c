#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/make-process.h"

/* start.S */
long spawn_thread(const struct clone_args *args, size_t size, void (*code)(void *), void *argument);
long spawn_thread_by_clone(uint64_t flags, uint64_t stack_top, void (*code)(void *), void *argument);

long make_thread(const struct clone_args *args, void (*code)(void *), void *argument) {
  long made = spawn_thread(args, sizeof *args, code, argument);
  return can_do_without_clone3(made, args) ? spawn_thread_by_clone(args->flags, args->stack + args->stack_size, code, argument) : made;
}
