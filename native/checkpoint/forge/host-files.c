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
  if (way & O_NONBLOCK) sys3(SYS_fcntl, r, F_SETFL, O_RDONLY); /* that was for the opening alone: it doesn't wait for a writer */
  return (int)r;
}

static int open_output(const char *path) {
  long r = sys_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
  return r < 0 ? fail(r, "open", path) : (int)r;
}

int host_files_open(const struct order *order) {
  const char *status = order_need(order, "status");
  if (!status) return -1;
  long r = sys_open(status, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (r < 0) return fail(r, "open", status);
  init.status = (int)r;
  static const char *const keys[] = {"stdin", "stdout", "stderr"};
  for (int i = 0; i < 3; i++) {
    const char *path = order_need(order, keys[i]);
    if (!path || (init.stdio[i] = i ? open_output(path) : open_input(path)) < 0) return -1;
  }
  return 0;
}
