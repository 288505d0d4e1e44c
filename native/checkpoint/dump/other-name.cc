#include "checkpoint/dump/other-name.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

std::string other_name(const std::string &old, dev_t dev, ino_t ino) {
  if (old.empty() || old[0] != '/') return "";
  std::string directory = old.substr(0, std::max<size_t>(old.rfind('/'), 1));
  std::unique_ptr<DIR, int (*)(DIR *)> names(opendir(directory.c_str()), closedir);
  if (!names) return "";
  while (struct dirent *entry = readdir(names.get())) {
    struct stat there;
    if (fstatat(dirfd(names.get()), entry->d_name, &there, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (there.st_ino == ino && there.st_dev == dev) return (directory == "/" ? directory : directory + "/") + entry->d_name;
  }
  return "";
}
