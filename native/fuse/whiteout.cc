#include "fuse/whiteout.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>

int make_whiteout(int dir, const char* name) {
  if (mknodat(dir, name, S_IFCHR, makedev(0, 0)) == 0) return 0;
  return errno == EPERM ? mknodat(dir, name, S_IFCHR, makedev(0, 1)) : -1;
}

// One that a loss of power has left is as good.
int reserved_whiteout::make(int dir) { return make_whiteout(dir, name) == 0 || errno == EEXIST ? 0 : -1; }

bool reserved_whiteout::there(int dir) {
  Stat st;
  return stat_at(dir, name, st) == 0 && is_whiteout(st);
}

namespace {

// What has the name goes: a file, or a directory that is empty.
int put_whiteout(int dir, const char* name) {
  if (reserved_whiteout::make(dir) < 0) return -1;
  if (!reserved_whiteout::there(dir)) return errno = EEXIST, -1;
  if (renameat(dir, reserved_whiteout::name, dir, name) == 0) return 0;
  if (errno != EISDIR || unlinkat(dir, name, AT_REMOVEDIR) < 0) return -1;
  return renameat(dir, reserved_whiteout::name, dir, name);
}

}  // namespace

int rename_leaving_whiteout(int from_dir, const char* from, int to_dir, const char* to) {
  if (renameat2(from_dir, from, to_dir, to, RENAME_WHITEOUT) == 0) return 0;
  if (errno != EINVAL || put_whiteout(to_dir, to) < 0) return -1;
  return renameat2(from_dir, from, to_dir, to, RENAME_EXCHANGE);
}
