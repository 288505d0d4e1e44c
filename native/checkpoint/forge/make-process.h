/* Processes and threads, also where clone3 is not to be had: a filter that refuses one kind of namespace can't look into what clone3 is given, and says
 * that there is no such call. So do container runtimes and service managers. clone does the same, but can't choose an id, which is wanted
 * with namespaces alone. Include sys.h first. */
#ifndef FORGE_MAKE_PROCESS_H
#define FORGE_MAKE_PROCESS_H
#include <linux/sched.h>

/* What an instance has of its own under the namespace mechanism. */
#define INSTANCE_NAMESPACES (CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

static inline int can_do_without_clone3(long answer, const struct clone_args *args) { return answer == -ENOSYS && !args->set_tid_size; }

/** A process without a stack of its own: 0 in it, its id in the caller, or the kernel's negative answer. Never a call: a child may share the stack. */
__attribute__((always_inline)) static inline long make_process(const struct clone_args *args) {
  long made = sys2(SYS_clone3, args, sizeof *args);
  /* clone has one place for the pointers of CLONE_PIDFD and CLONE_PARENT_SETTID; nobody here asks for the second. */
  return can_do_without_clone3(made, args) ? sys5(SYS_clone, args->flags | args->exit_signal, 0, args->pidfd, 0, 0) : made;
}

/** A thread on the stack of args, which runs code(argument) and doesn't return from it: its id, or the kernel's negative answer. */
long make_thread(const struct clone_args *args, void (*code)(void *), void *argument);
#endif
