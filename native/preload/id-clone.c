/* clone() with a function of the caller's. A child that shares our memory beyond an exec makes every later question go to the kernel. */
#include "preload/ids.h"
#include <sched.h>
#include <stdarg.h>
#include <unistd.h>

struct start { int (*function)(void *); void *argument; int flags; pid_t *child, *parent; };

static void tell(pid_t *at, pid_t system, pid_t shown) {
  if (readable(at, sizeof *at) && *at == system) *at = shown;
}

static int begin(void *given) {
  struct start start = *(struct start *)given;
  if (start.flags & CLONE_NEWPID) self_nested();
  else self_forget();
  if ((start.flags & (CLONE_CHILD_SETTID | CLONE_NEWPID)) == CLONE_CHILD_SETTID) tell(start.child, (pid_t)raw3(SYS_gettid, 0, 0, 0), gettid());
  return start.function(start.argument);
}

/* A child that shares our memory may look at what was told before we do: whoever comes first puts the virtual id there. It may have other memory for
 * thread-locals than libc's: nothing here uses any. */
static int begin_sharing(void *given) {
  struct start start = *(struct start *)given;
  pid_t system = (pid_t)raw3(SYS_gettid, 0, 0, 0), shown = pid_claim(system);
  if (shown != 0 && (start.flags & CLONE_PARENT_SETTID)) tell(start.parent, system, shown);
  if (shown != 0 && (start.flags & CLONE_CHILD_SETTID)) tell(start.child, system, shown);
  return start.function(start.argument);
}

/* What it begins with stands on its own stack, for ours may have gone on by then. */
static void *on_its_stack(void *stack, const struct start *start) {
  uintptr_t at = ((uintptr_t)stack - sizeof *start) & ~15ul;
  *(struct start *)at = *start;
  return (void *)at;
}

EXPORT int clone(int (*function)(void *), void *stack, int flags, void *argument, ...) {
  va_list rest;
  va_start(rest, argument);
  pid_t *parent = va_arg(rest, pid_t *);
  void *tls = va_arg(rest, void *);
  pid_t *child = va_arg(rest, pid_t *);
  va_end(rest);
  if (!ids_on()) return NEXT(clone)(function, stack, flags, argument, parent, tls, child);
  struct start start = {function, argument, flags, child, parent};
  bool shares = (flags & CLONE_VM) != 0, waits = (flags & CLONE_VFORK) != 0;
  bool told = (flags & (CLONE_PARENT_SETTID | CLONE_CHILD_SETTID)) != 0 && (flags & CLONE_NEWPID) == 0;
  if (shares && told && stack != NULL && function != NULL) {
    argument = stack = on_its_stack(stack, &start);
    function = begin_sharing;
  }
  if (shares) self_shared++;
  int system = shares ? NEXT(clone)(function, stack, flags, argument, parent, tls, child)
                      : NEXT(clone)(begin, stack, flags, &start, parent, tls, child);
  int kept = errno;
  if (shares && (waits || system < 0)) self_shared--;
  if (system <= 0 || (flags & CLONE_NEWPID)) return system;
  pid_t shown = pid_claim(system);
  if (shown != 0 && (flags & CLONE_PARENT_SETTID)) tell(parent, system, shown);
  errno = kept;
  return shown != 0 ? shown : system;
}
EXPORT int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...) __attribute__((alias("clone"), copy(clone)));
