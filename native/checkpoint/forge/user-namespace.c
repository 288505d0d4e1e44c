#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/user-namespace.h"
#include "checkpoint/forge/credentials.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "checkpoint/forge/user-devices.h"
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define RECURSIVE 0x8000 /* AT_RECURSIVE */
#define FUSE_MAGIC 0x65735546
#define TABLE_IN_VIEW ".appshot/table"

int user_namespace_needed(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0}};
  regardless(sys2(SYS_capget, &head, data)); /* who can't tell is taken for a user */
  forge.unprivileged = !(data[0].effective >> CAP_SYS_ADMIN & 1);
  return forge.unprivileged;
}

uint64_t user_namespace_flags(void) { return forge.unprivileged ? CLONE_NEWUSER | CLONE_NEWNS : 0; }

static int put_file(const char *path, const char *text) {
  long fd = sys_open(path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open", path);
  long r = sys_write(fd, text, strlen(text));
  sys_close(fd);
  return r < 0 ? fail(r, "write", path) : 0;
}

/* The same number inside as outside: nothing that an application remembers of its user changes. */
static int map_itself(const char *path, uint32_t id) {
  char text[64];
  struct line line = line_in(text, sizeof text);
  put_number(&line, id);
  put_char(&line, ' ');
  put_number(&line, id);
  put(&line, " 1");
  return put_file(path, text);
}

int user_namespace_enter(void) {
  if (map_itself("/proc/self/uid_map", credentials_user()) < 0 || put_file("/proc/self/setgroups", "deny") < 0 ||
      map_itself("/proc/self/gid_map", credentials_group()) < 0)
    return -1;
  return credentials_limit();
}

/* A namespace made before the view was mounted would show the bare directory. */
static int is_view(long tree) {
  struct statfs about;
  return sys2(SYS_fstatfs, tree, &about) >= 0 && about.f_type == FUSE_MAGIC;
}

static int take_view(const char *view) {
  long tree = sys3(SYS_open_tree, AT_FDCWD, view, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | RECURSIVE);
  if (tree < 0) return fail(tree, "take the view", view);
  if (!is_view(tree)) return fail(-ENXIO, "find a view mounted at", view);
  long r = sys5(SYS_move_mount, tree, "", AT_FDCWD, forge.state_dir, MOVE_MOUNT_F_EMPTY_PATH);
  if (r < 0) return fail(r, "mount the view at", forge.state_dir);
  sys_close(tree);
  return (r = sys1(SYS_chdir, forge.state_dir)) < 0 ? fail(r, "enter the view at", forge.state_dir) : 0;
}

/* A process file system of its own is refused where something hides parts of the host's. */
static int make_proc(void) {
  long r = init.plain ? sys5(SYS_mount, "/proc", "proc", 0, MS_BIND | MS_REC, 0)
                      : sys5(SYS_mount, "proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  if (r == -EPERM) return fail(r, "mount (parts of the host's are hidden, as containers do: run as root, or with it unmasked)", "/proc");
  return r < 0 ? fail(r, "mount in the view", "/proc") : 0;
}

/* The application and the daemon write to the table at once, through mappings: both must have the file itself, and what nothing
 * passes through is the view's. */
static long take_table(const struct order *order) {
  const char *table = order_need(order, "table");
  if (!table) return -1;
  long tree = sys3(SYS_open_tree, AT_FDCWD, table, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return tree < 0 ? fail(tree, "take the table", table) : tree;
}

static int show_table(long tree) {
  long r = sys5(SYS_move_mount, tree, "", AT_FDCWD, TABLE_IN_VIEW, MOVE_MOUNT_F_EMPTY_PATH);
  sys_close(tree);
  return r < 0 ? fail(r, "mount the table in the view at", TABLE_IN_VIEW) : 0;
}

static int make_root(void) {
  long r = sys2(SYS_pivot_root, ".", ".");
  if (r < 0) return fail(r, "pivot into", "the view");
  /* At once: until then every mount of the host is held, other instances' views among them. */
  if ((r = sys2(SYS_umount2, ".", 2 /* MNT_DETACH */)) < 0) return fail(r, "detach", "the host's root");
  return (r = sys1(SYS_chdir, "/")) < 0 ? fail(r, "enter", "the view") : 0;
}

int user_namespace_mounts(const struct order *order, int (*open_host)(const struct order *)) {
  const char *view = order_need(order, "view");
  if (!view || (open_host && open_host(order) < 0)) return -1;
  long r = sys5(SYS_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0);
  if (r < 0) return fail(r, "make private", "the mounts");
  long table = take_table(order); /* before the view hides where it lies */
  if (table < 0 || take_view(view) < 0 || show_table(table) < 0 || make_proc() < 0) return -1;
  if ((r = sys5(SYS_mount, "/sys", "sys", 0, MS_BIND | MS_REC, 0)) < 0) return fail(r, "mount in the view", "/sys");
  return user_devices_make() < 0 ? -1 : make_root();
}
