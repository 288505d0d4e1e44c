#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/host.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/shared.h"
#include <linux/stat.h>
#include <sched.h>

int host_remember(void) {
  long space = sys_open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC, 0);
  if (space < 0) return fail(space, "open", "/proc/self/ns/mnt");
  long root = sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (root < 0) return fail(root, "open", "/");
  forge.host_namespace = (int)space;
  forge.host_root = (int)root;
  return 0;
}

/* To join a mount namespace makes its root the caller's, also where the forge was started below another (chroot). */
int join_mounts(int space, int root) {
  long r = sys2(SYS_setns, space, CLONE_NEWNS);
  if (r < 0) return fail(r, "enter", "a mount namespace");
  if (root < 0) return 0;
  if ((r = sys1(SYS_fchdir, root)) >= 0) r = sys1(SYS_chroot, ".");
  return r < 0 ? fail(r, "enter", "the root of a mount namespace") : 0;
}

static int is_here(int root) {
  struct statx ours, here;
  return sys5(SYS_statx, root, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &ours) >= 0 &&
         sys5(SYS_statx, AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &here) >= 0 &&
         ours.stx_ino == here.stx_ino && ours.stx_mnt_id == here.stx_mnt_id;
}

int host_come_back(void) {
  if (join_mounts(forge.host_namespace, -1) < 0) return -1;
  if (!is_here(forge.host_root)) return join_mounts(forge.host_namespace, forge.host_root);
  sys_close(forge.host_root);
  forge.host_root = -1;
  return 0;
}
