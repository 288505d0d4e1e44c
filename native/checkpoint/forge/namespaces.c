/* A limit, a filter of system calls or a security module may refuse one kind of namespace, and none of them tells before: so an init's namespaces are
 * made in earnest, for a process that ends at once. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/namespaces.h"
#include "checkpoint/forge/credentials.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/make-process.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/user-namespace.h"
#include <linux/mount.h>
#include <signal.h>

/* A user's instance mounts a /proc of its own, which is refused where parts of the host's are hidden. */
static int enter_and_mount(void) {
  if (user_namespace_enter() < 0) return -1;
  long r = sys5(SYS_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0);
  if (r < 0) return fail(r, "make private", "the mounts");
  r = sys5(SYS_mount, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  return r < 0 ? fail(r, "mount a /proc for", "its process ids") : 0;
}

/* In the process that was made, which ends; or what became of the attempt. */
static long end(long made, int whole) {
  if (made == 0) sys_exit(whole && forge.unprivileged && enter_and_mount() < 0);
  if (made > 0) regardless(sys4(SYS_wait4, made, 0, 0, 0)); /* who asks ends soon */
  return made;
}

/* By clone3 alone: what is restored there needs it for its ids. */
static long make_all(uint64_t flags) {
  struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
  return end(sys2(SYS_clone3, &args, sizeof args), 1);
}

static long make_one(uint64_t flags) {
  struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
  return end(make_process(&args), 0);
}

int namespaces_try(void) {
  user_namespace_needed();
  if (credentials_read() < 0) return -1;
  const uint64_t user = user_namespace_flags();
  const struct { uint64_t flags; const char *name; } kinds[] = {{user, "a user namespace"},
                                                                {user | CLONE_NEWPID, "a pid namespace"},
                                                                {user | CLONE_NEWIPC, "an ipc namespace"},
                                                                {user | CLONE_NEWUTS, "a uts namespace"}};
  long all = make_all(user | INSTANCE_NAMESPACES);
  if (all > 0) return shared()->failed ? -1 : 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    long one = make_one(kinds[i].flags);
    if (one < 0) return fail(one, "make", kinds[i].name);
  }
  return fail(all, "make", "a process by clone3");
}
