#include "message-queues.h"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <vector>

namespace {

constexpr long mqueue_magic = 0x19800202;
constexpr unsigned create = 6;  // FSCONFIG_CMD_CREATE

// The queues' file system, mounted nowhere; where that may not be done, where hosts have it mounted. -1: not to be had.
int open_queues() {
  int fs = static_cast<int>(syscall(SYS_fsopen, "mqueue", 1 /* FSOPEN_CLOEXEC */));
  int mount = -1;
  if (fs >= 0 && syscall(SYS_fsconfig, fs, create, nullptr, nullptr, 0) == 0) mount = static_cast<int>(syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0));
  if (fs >= 0) close(fs);
  int directory = mount >= 0 ? openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : open("/dev/mqueue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (mount >= 0) close(mount);
  struct statfs about {};
  if (directory < 0 || (fstatfs(directory, &about) == 0 && about.f_type == mqueue_magic)) return directory;
  close(directory);
  return -1;
}

std::vector<std::string> names_with(const std::string &tag) {
  std::vector<std::string> out;
  int fd = open_queues();
  DIR *directory = fd < 0 ? nullptr : fdopendir(fd);
  if (directory == nullptr) {
    if (fd >= 0) close(fd);
    return out;
  }
  while (const dirent *entry = readdir(directory))
    if (std::string(entry->d_name).rfind(tag, 0) == 0) out.emplace_back(entry->d_name);
  closedir(directory);
  return out;
}

}  // namespace

int remove_message_queues(const std::string &tag) {
  int removed = 0;
  if (tag.empty() || tag[0] == '\0') return 0;
  for (const std::string &name : names_with(tag)) removed += mq_unlink(("/" + name).c_str()) == 0 ? 1 : 0;
  return removed;
}
