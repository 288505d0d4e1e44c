#include "fuse/unseal.h"

#include <dirent.h>

#include <memory>
#include <string>
#include <vector>

#include "fuse/log.h"
#include "fuse/overlay.h"
#include "fuse/syscalls.h"

namespace {

std::vector<std::pair<std::string, bool>> entries(int dir) {
  std::vector<std::pair<std::string, bool>> found;
  Fd fd(open_beneath(dir, ".", O_RDONLY | O_DIRECTORY));
  std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? fdopendir(fd.release()) : nullptr, closedir);
  if (!stream) {
    log_line("taking back a seal: opendir: %m");
    return found;
  }
  while (dirent* entry = readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") found.emplace_back(name, entry->d_type == DT_DIR);
  }
  return found;
}

}  // namespace

void unseal(int new_root, int old_root) {
  Stat before;
  bool known = stat_at(old_root, "", before) == 0;
  bool moved = false;
  for (auto& [name, directory] : entries(new_root)) {
    if (!directory) {
      if (renameat(new_root, name.c_str(), old_root, name.c_str()) < 0) log_line("taking back a seal: rename %s: %m", name.c_str());
      moved = true;
      continue;
    }
    Fd below(open_dir(new_root, name.c_str())), place(open_dir(old_root, name.c_str()));
    if (below && place) unseal(below.get(), place.get());
    if (unlinkat(new_root, name.c_str(), AT_REMOVEDIR) < 0) log_line("taking back a seal: rmdir %s: %m", name.c_str());
  }
  if (!moved || !known) return;
  timespec times[2] = {{time_t(before.stx_atime.tv_sec), long(before.stx_atime.tv_nsec)}, {time_t(before.stx_mtime.tv_sec), long(before.stx_mtime.tv_nsec)}};
  if (utimensat(old_root, "", times, AT_EMPTY_PATH) < 0) log_line("taking back a seal: utimensat: %m");
}
