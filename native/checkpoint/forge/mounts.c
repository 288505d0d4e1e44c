#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/mounts.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/host.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "checkpoint/forge/user-namespace.h"
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>

#define RECURSIVE 0x8000 /* AT_RECURSIVE */

int mounts_prepare(int blank_namespace) {
  if (forge.unprivileged) return user_namespace_enter();
  long r = sys2(SYS_setns, blank_namespace, CLONE_NEWNS);
  if (r < 0) return fail(r, "enter", "the blank's mount namespace");
  if ((r = sys1(SYS_unshare, CLONE_NEWNS)) < 0) return fail(r, "unshare", "the mount namespace");
  if ((r = sys5(SYS_mount, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0)) < 0) return fail(r, "mount", "/proc");
  r = sys5(SYS_mount, "devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  if (r < 0) return fail(r, "mount", "/dev/pts");
  r = sys5(SYS_mount, "mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  if (r < 0) return fail(r, "mount", "/dev/mqueue");
  long own = sys_open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC, 0);
  return own < 0 ? fail(own, "open", "/proc/self/ns/mnt") : (int)own;
}

/* Step 410 of FIG. 9 for files: the view is the reference to the template's layers with the instance's own above. */
static int take_view(const char *view) {
  long tree = sys3(SYS_open_tree, AT_FDCWD, view, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | RECURSIVE);
  if (tree < 0) return fail(tree, "take the view", view);
  struct mount_attr private = {.propagation = MS_PRIVATE};
  long r = sys5(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | RECURSIVE, &private, sizeof private);
  return r < 0 ? fail(r, "make private the view", view) : (int)tree;
}

static int host_part(const struct order *order, int (*open_host)(const struct order *)) {
  const char *view = order_need(order, "view");
  int tree = view ? take_view(view) : -1;
  if (tree < 0) return -1;
  return open_host && open_host(order) < 0 ? -1 : tree;
}

/* The tail of a mount that has a place in the view: a view of a bare directory may lack it. */
static int into_view(const char *mount, const char *place) {
  long r = sys5(SYS_mount, mount, place, 0, MS_MOVE, 0);
  if (r == -ENOENT && (r = sys2(SYS_mkdir, place, 0755)) >= 0) r = sys5(SYS_mount, mount, place, 0, MS_MOVE, 0);
  return r < 0 ? fail(r, "mount in the view", mount) : 0;
}

static int everybody_writes(long shm) {
  struct stat about;
  if (sys2(SYS_fstat, shm, &about) < 0 || (about.st_mode & 07777) == 01777) return (int)shm;
  long r = sys2(SYS_chmod, "/view/dev/shm", 01777);
  return r < 0 && r != -EROFS && r != -EPERM ? fail(r, "let everybody write to the view's", "/dev/shm") : (int)shm; /* a read-only view keeps what it has */
}

/* POSIX shared memory is files, and files live in the view: its own directory shows through the instance's /dev. */
static int open_shm(void) {
  long shm = sys3(SYS_open_tree, AT_FDCWD, "/view/dev/shm", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (shm != -ENOENT) return shm < 0 ? fail(shm, "take the view's", "/dev/shm") : everybody_writes(shm);
  regardless(sys2(SYS_mkdir, "/view/dev", 0755)); /* it is there, or the next one fails */
  long r = sys2(SYS_mkdir, "/view/dev/shm", 01777);
  if (r < 0) return fail(r, "make the view's", "/dev/shm");
  shm = sys3(SYS_open_tree, AT_FDCWD, "/view/dev/shm", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return shm < 0 ? fail(shm, "take the view's", "/dev/shm") : everybody_writes(shm);
}

static int assemble(int tree) {
  long r = sys5(SYS_move_mount, tree, "", AT_FDCWD, "/view", MOVE_MOUNT_F_EMPTY_PATH);
  if (r < 0) return fail(r, "mount", "the view");
  sys_close(tree);
  int shm = open_shm();
  if (shm < 0 || into_view("/proc", "/view/proc") < 0 || into_view("/sys", "/view/sys") < 0 || into_view("/dev", "/view/dev") < 0)
    return -1;
  r = sys5(SYS_move_mount, shm, "", AT_FDCWD, "/view/dev/shm", MOVE_MOUNT_F_EMPTY_PATH);
  if (r < 0) return fail(r, "mount", "/dev/shm");
  sys_close(shm);
  if ((r = sys1(SYS_chdir, "/view")) < 0) return fail(r, "enter", "the view");
  return (r = sys2(SYS_pivot_root, ".", ".")) < 0 ? fail(r, "pivot into", "the view") : 0;
}

/* The old root lies over the new one at ".", where no path from "/" leads. Detaching it makes the kernel wait for all CPUs. */
void mounts_finish(void) {
  if (forge.unprivileged) return; /* done already */
  regardless(sys2(SYS_umount2, ".", 2 /* MNT_DETACH */)); /* then the old root stays where nobody can reach it */
  regardless(sys1(SYS_chdir, "/"));
}

int mounts_enter(const struct order *order, int (*open_host)(const struct order *)) {
  if (forge.unprivileged) return user_namespace_mounts(order, open_host);
  if (join_mounts(init.host_namespace, init.host_root) < 0) return -1;
  int tree = host_part(order, open_host);
  if (tree < 0) return -1;
  long r = sys2(SYS_setns, init.own_namespace, CLONE_NEWNS);
  if (r < 0) return fail(r, "come back to", "the instance's mount namespace");
  return assemble(tree);
}
