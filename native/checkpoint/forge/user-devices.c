#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/user-devices.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/mount.h>

struct link { const char *path, *target; };

static int make_node(const char *host, const char *path) {
  long fd = sys_open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return fail(fd, "make the instance's", path);
  sys_close(fd);
  long r = sys5(SYS_mount, host, path, 0, MS_BIND, 0);
  return r < 0 ? fail(r, "mount in the view", host) : 0;
}

static int make_nodes(void) {
  static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
    if (make_node(nodes[i], nodes[i] + 1) < 0) return -1;
  return 0;
}

static int make_links(void) {
  static const struct link links[] = {{"dev/fd", "/proc/self/fd"}, {"dev/stdin", "/proc/self/fd/0"}, {"dev/stdout", "/proc/self/fd/1"},
                                      {"dev/stderr", "/proc/self/fd/2"}, {"dev/ptmx", "pts/ptmx"}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    long r = sys2(SYS_symlink, links[i].target, links[i].path);
    if (r < 0) return fail(r, "link the instance's", links[i].path);
  }
  return 0;
}

/* Files of the view, as for root: what the application leaves there is part of the template. */
static long take_shm(void) {
  long shm = sys3(SYS_open_tree, AT_FDCWD, "dev/shm", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (shm == -ENOENT) {
    regardless(sys2(SYS_mkdir, "dev", 0755)); /* it is there, or the next one fails */
    long r = sys2(SYS_mkdir, "dev/shm", 01777);
    if (r >= 0) r = sys2(SYS_chmod, "dev/shm", 01777);
    if (r < 0) return fail(r, "make the view's", "/dev/shm");
    shm = sys3(SYS_open_tree, AT_FDCWD, "dev/shm", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  }
  return shm < 0 ? fail(shm, "take the view's", "/dev/shm") : shm;
}

static int make_own(void) {
  static const char *const directories[] = {"dev/pts", "dev/shm", "dev/mqueue"};
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
    long r = sys2(SYS_mkdir, directories[i], 0755);
    if (r < 0) return fail(r, "make the instance's", directories[i]);
  }
  long r = sys5(SYS_mount, "devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
  if (r < 0) return fail(r, "mount", "/dev/pts");
  /* Message queues belong to the IPC namespace: without one of its own the instance has the host's by their calls alone. */
  if (init.plain) return 0;
  r = sys5(SYS_mount, "mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  return r < 0 ? fail(r, "mount", "/dev/mqueue") : 0;
}

int user_devices_make(void) {
  long shm = take_shm();
  if (shm < 0) return -1;
  long r = sys5(SYS_mount, "appshot-dev", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64k");
  if (r < 0) return fail(r, "mount in the view", "/dev");
  regardless(sys1(SYS_umask, 0)); /* never fails */
  int made = make_nodes() < 0 || make_links() < 0 || make_own() < 0 ? -1 : 0;
  regardless(sys1(SYS_umask, 022));
  if (made < 0) return -1;
  r = sys5(SYS_move_mount, shm, "", AT_FDCWD, "dev/shm", MOVE_MOUNT_F_EMPTY_PATH);
  if (r < 0) return fail(r, "mount", "/dev/shm");
  sys_close(shm);
  r = sys5(SYS_mount, 0, "dev", 0, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, 0);
  return r < 0 ? fail(r, "make read-only", "/dev") : 0;
}
