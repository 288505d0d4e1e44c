#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/blank.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/host.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "checkpoint/forge/user-namespace.h"
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>

static int attach(const char *source, const char *at, const char *type, unsigned long flags, const char *data) {
  long r = sys5(SYS_mount, source, at, type, flags, data);
  return r < 0 ? fail(r, "mount on the blank's", at) : 0;
}

static int directory(const char *path, int mode) {
  long r = sys2(SYS_mkdir, path, mode);
  return r < 0 && r != -EEXIST ? fail(r, "make the blank's", path) : 0;
}

struct node { const char *path; int major, minor; };
struct link { const char *path, *target; };

/* Shared by all instances, and therefore read-only: devices can be written through a read-only mount all the same. */
static int make_dev(void) {
  static const struct node nodes[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7},
                                      {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  static const struct link links[] = {{"dev/fd", "/proc/self/fd"}, {"dev/stdin", "/proc/self/fd/0"},
                                      {"dev/stdout", "/proc/self/fd/1"}, {"dev/stderr", "/proc/self/fd/2"},
                                      {"dev/ptmx", "pts/ptmx"}};
  if (attach("appshot-dev", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64k") < 0) return -1;
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    long r = sys3(SYS_mknod, nodes[i].path, S_IFCHR | 0666, nodes[i].major << 8 | nodes[i].minor);
    if (r < 0) return fail(r, "make the blank's", nodes[i].path);
  }
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    long r = sys2(SYS_symlink, links[i].target, links[i].path);
    if (r < 0) return fail(r, "link the blank's", links[i].path);
  }
  if (directory("dev/pts", 0755) < 0 || directory("dev/shm", 01777) < 0 || directory("dev/mqueue", 01777) < 0) return -1;
  return attach(NULL, "dev", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL);
}

/* In the blank's namespace, which still has the host's mounts. */
static int furnish(int space) {
  long below = sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0), r;
  if (below < 0) return fail(below, "open", "/");
  if (join_mounts(space, -1) < 0 || attach(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return -1;
  if (join_mounts(space, (int)below) < 0 || attach("appshot-blank", forge.state_dir, "tmpfs", 0, "mode=755,size=64k") < 0) return -1;
  sys_close(below);
  if ((r = sys1(SYS_chdir, forge.state_dir)) < 0) return fail(r, "enter", forge.state_dir);
  if (directory("proc", 0555) < 0 || directory("sys", 0555) < 0 || directory("dev", 0755) < 0 || directory("view", 0755) < 0) return -1;
  return attach("/sys", "sys", NULL, MS_BIND | MS_REC, NULL) < 0 ? -1 : make_dev();
}

/* The blank is the working directory. Only what is put in the place of the namespace's own root is there for whoever joins it. */
static int become_root(int space) {
  long blank = sys_open(".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0), r;
  if (blank < 0) return fail(blank, "open", "the blank");
  if (join_mounts(space, -1) < 0) return -1;
  if ((r = sys1(SYS_fchdir, blank)) < 0) return fail(r, "enter", "the blank");
  sys_close(blank);
  if ((r = sys2(SYS_pivot_root, ".", ".")) < 0) return fail(r, "pivot into", "the blank");
  if ((r = sys2(SYS_umount2, ".", 2 /* MNT_DETACH */)) < 0) return fail(r, "detach", "the blank's old root");
  return 0;
}

static int make_blank(void) {
  long r = sys1(SYS_unshare, CLONE_NEWNS);
  if (r < 0) return fail(r, "unshare", "the mount namespace");
  long space = sys_open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC, 0);
  if (space < 0) return fail(space, "open", "/proc/self/ns/mnt");
  forge.blank_namespace = (int)space;
  regardless(sys1(SYS_umask, 0)); /* never fails */
  int made = furnish((int)space) < 0 ? -1 : become_root((int)space);
  regardless(sys1(SYS_umask, 022));
  return made;
}

int blank_make(void) {
  if (host_remember() < 0) return -1;
  if (user_namespace_needed()) {
    forge.blank_namespace = forge.host_namespace; /* nothing is prepared that an init could use */
    return 0;
  }
  return make_blank() < 0 ? -1 : host_come_back();
}
