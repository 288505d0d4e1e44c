#include "fuse/set-id.h"

#include <fstream>
#include <sstream>
#include <string>

#include "fuse/failure.h"
#include "fuse/syscalls.h"

namespace {

// A process that is gone, or whose /proc can't be read, has its first group alone.
bool of_group(const fuse_in_header& asker, gid_t group) {
  if (asker.gid == group) return true;
  std::ifstream status("/proc/" + std::to_string(asker.pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("Groups:")) continue;
    std::istringstream groups(line.substr(7));
    for (gid_t one; groups >> one;)
      if (one == group) return true;
    return false;
  }
  return false;
}

}  // namespace

bool drop_set_id(int fd, const fuse_in_header& asker, const std::string& name) {
  Stat st;
  check(stat_at(fd, "", st), "stat", name);
  mode_t mode = st.stx_mode & 07777, kept = mode & ~mode_t(S_ISUID);
  if (mode & S_ISGID && (mode & S_IXGRP || !of_group(asker, st.stx_gid))) kept &= ~mode_t(S_ISGID);
  if (kept == mode) return false;
  check(chmod(FdPath(fd), kept), "chmod", name);
  return true;
}
