#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/host-files.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include <sys/stat.h>

static int open_input(const char *path) {
  struct stat about;
  long r = sys2(SYS_stat, path, &about);
  if (r < 0) return fail(r, "look at", path);
  /* Not for writing: a reader that holds the other end too would never see the end of its input. */
  int way = S_ISFIFO(about.st_mode) ? O_RDONLY | O_NONBLOCK : O_RDONLY;
  r = sys_open(path, way | O_NOCTTY | O_CLOEXEC, 0);
  if (r < 0) return fail(r, "open", path);
  long set = way & O_NONBLOCK ? sys3(SYS_fcntl, r, F_SETFL, O_RDONLY) : 0; /* that was for the opening alone: it doesn't wait for a writer */
  return set < 0 ? fail(set, "set the flags of", path) : (int)r;
}

static int open_output(const char *path) {
  long r = sys_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
  return r < 0 ? fail(r, "open", path) : (int)r;
}

/* A file of this life's own: the init of an earlier one, whose processes were ended by a snapshot, may still have to write into its.
 * What stands there until the main process ends also takes the room on the disk that the end will need. */
static int open_status(const char *path) {
  static const char words[] = "running\n";
  long r = sys1(SYS_unlink, path);
  if (r < 0 && r != -ENOENT) return fail(r, "remove", path);
  r = sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (r < 0) return fail(r, "make", path);
  init.status = (int)r;
  r = sys4(SYS_pwrite64, init.status, words, sizeof words - 1, 0);
  return r < 0 ? fail(r, "write", path) : 0;
}

int host_files_open(const struct order *order) {
  const char *status = order_need(order, "status");
  if (!status || open_status(status) < 0) return -1;
  static const char *const keys[] = {"stdin", "stdout", "stderr"};
  for (int i = 0; i < 3; i++) {
    const char *path = order_need(order, keys[i]);
    if (!path || (init.stdio[i] = i ? open_output(path) : open_input(path)) < 0) return -1;
  }
  return 0;
}
