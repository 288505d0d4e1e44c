#include "message-queues.h"

#include "addon.h"
#include "ipc-helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
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

// One that may not be opened is there.
bool is_there(const std::string &name) {
  mqd_t queue = mq_open(("/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (queue >= 0) mq_close(queue);
  return queue >= 0 || errno != ENOENT;
}

// Those that begin with the tag, and of those that a table knows the ones that are there, where all can't be listed.
std::vector<std::string> names_with(const std::string &tag, const std::vector<std::string> &noted) {
  std::vector<std::string> out;
  int fd = open_queues();
  DIR *directory = fd < 0 ? nullptr : fdopendir(fd);
  if (directory == nullptr) {
    if (fd >= 0) close(fd);
    for (const std::string &name : noted)
      if (is_there(name)) out.push_back(name);
    return out;
  }
  while (const dirent *entry = readdir(directory))
    if (std::string(entry->d_name).rfind(tag, 0) == 0) out.emplace_back(entry->d_name);
  closedir(directory);
  return out;
}

// In the helper. Each name ends with a zero.
int send_names(int process, const char *, int to) {
  if (int error = join_ipc(process, CLONE_NEWNS)) return error;
  int queues = open_queues();
  if (queues < 0) return ENOENT;
  struct Entry { uint64_t inode; int64_t offset; unsigned short length; unsigned char type; char name[]; };
  alignas(8) char buffer[4096];
  long got;
  while ((got = syscall(SYS_getdents64, queues, buffer, sizeof buffer)) > 0)
    for (long at = 0; at < got;) {
      const Entry *entry = reinterpret_cast<const Entry *>(buffer + at);
      size_t size = strlen(entry->name) + 1;
      if (entry->name[0] != '.' && write(to, entry->name, size) != static_cast<ssize_t>(size)) return EIO;
      at += entry->length;
    }
  return got < 0 ? errno : 0;
}

// Those of the namespace that a process is in; none when it is gone or may not be looked into.
std::vector<std::string> names_of(int pid) {
  std::vector<std::string> out;
  std::string text;
  int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return out;
  if (read_by_helper(send_names, process, "", text) != 0) text.clear();
  close(process);
  for (size_t at = 0, end; (end = text.find('\0', at)) != std::string::npos; at = end + 1) out.push_back(text.substr(at, end - at));
  return out;
}

}  // namespace

// messageQueues(pid, tag, noted) -> the names in that process's IPC namespace, or, with a tag, those in ours that begin with it; where they can't be listed,
// those of the noted names that are there.
Napi::Value message_queues(const Napi::CallbackInfo &info) {
  std::string tag = info[1].As<Napi::String>().Utf8Value();
  std::vector<std::string> noted;
  Napi::Array given = info[2].As<Napi::Array>();
  for (uint32_t i = 0; i < given.Length(); i++) noted.push_back(given.Get(i).As<Napi::String>().Utf8Value());
  std::vector<std::string> names = tag.empty() ? names_of(info[0].As<Napi::Number>().Int32Value()) : names_with(tag, noted);
  Napi::Array out = Napi::Array::New(info.Env(), names.size());
  for (uint32_t i = 0; i < names.size(); i++) out.Set(i, Napi::String::New(info.Env(), names[i]));
  return out;
}

int remove_message_queues(const std::string &tag, const std::vector<std::string> &noted) {
  int removed = 0;
  if (tag.empty() || tag[0] == '\0') return 0;
  for (const std::string &name : names_with(tag, noted)) removed += mq_unlink(("/" + name).c_str()) == 0 ? 1 : 0;
  return removed;
}
