// An inotify instance: fdinfo tells each watch as a file handle, which the watched file's own mount turns into a path.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/user-namespace.h"

struct Handle { // struct file_handle with room for its bytes
  unsigned size;
  int type;
  unsigned char bytes[MAX_HANDLE_SZ];
};

static bool parse_handle(const char *line, Handle &out) {
  unsigned size = 0;
  int type = 0;
  const char *at = strstr(line, "fhandle-bytes:");
  if (!at || sscanf(at, "fhandle-bytes:%x fhandle-type:%x", &size, reinterpret_cast<unsigned *>(&type)) != 2 || size > MAX_HANDLE_SZ) return false;
  at = strstr(at, "f_handle:");
  if (!at) return false;
  at += strlen("f_handle:");
  out.size = size;
  out.type = type;
  for (unsigned i = 0; i < size; i++)
    if (sscanf(at + 2 * i, "%2hhx", &out.bytes[i]) != 1) return false;
  return true;
}

// Of a file whose name the kernel has dropped from its caches, a handle leads to the file, but to no name: it seems to be "/".
static bool leads_to(const std::string &path, ino_t ino) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0 && status.st_ino == ino;
}

// The view's server tells its own nodes' paths (fuse/ops-xattr.cc). A user may not turn handles into files at all.
static std::string path_by_view(const Handle &handle, ino_t ino) {
  constexpr int fuse_handle = 0x81, fuse_handle_with_parent = 0x82; // the node's number in two halves, and its generation
  uint32_t halves[2];
  if ((handle.type != fuse_handle && handle.type != fuse_handle_with_parent) || handle.size < sizeof halves) return "";
  memcpy(halves, handle.bytes, sizeof halves);
  std::string name = text("user.overlay.appshot.path.%llu", static_cast<unsigned long long>(halves[0]) << 32 | halves[1]);
  char path[4096];
  ssize_t size = getxattr("/", name.c_str(), path, sizeof path);
  if (size <= 0) return "";
  std::string out(path, static_cast<size_t>(size));
  return leads_to(out, ino) ? out : "";
}

// Every mount point of the instance that could hold the file is asked; the handle is good in its own file system only.
static std::string path_of(Handle &handle, ino_t ino) {
  std::string known = path_by_view(handle, ino);
  if (!known.empty() || in_user_namespace()) return known;
  std::string mounts = proc_read("self/mountinfo");
  for (size_t at = 0; at < mounts.size();) {
    size_t end = std::min(mounts.find('\n', at), mounts.size());
    std::vector<std::string> words = split_words(mounts.substr(at, end - at));
    at = end + 1;
    if (words.size() < 5) continue;
    Descriptor mount(open(words[4].c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!mount) continue;
    Descriptor file(open_by_handle_at(mount.get(), reinterpret_cast<file_handle *>(&handle), O_PATH | O_CLOEXEC));
    struct stat status;
    if (!file || fstat(file.get(), &status) != 0 || status.st_ino != ino) continue;
    std::string path = proc_link(text("self/fd/%d", file.get()));
    if (leads_to(path, ino)) return path;
  }
  return "";
}

// Events can't be put back: their reader is about to take them, and then it can be tried again.
static void refuse_unread(const Description &description) {
  int waiting = 0;
  if (ioctl(description.borrow().get(), FIONREAD, &waiting) != 0) fail_call("ask what %s has to tell", description.words().c_str());
  if (waiting > 0) refuse(EBUSY, "%s has events that its program has not read yet", description.words().c_str());
}

// The kernel lists the latest first; the restorer is given them by rising numbers, the order in which it can make them.
void describe_inotify(Collector &collector, const Description &description) {
  refuse_unread(description);
  image_inotify out{};
  out.flags = description.flags;
  std::map<int32_t, std::string> watches;
  const char *line = description.info_text.c_str();
  for (; (line = strstr(line, "inotify wd:")) != nullptr; line += 11) {
    image_inotify_watch watch{};
    unsigned long ino;
    unsigned device;
    Handle handle{};
    if (sscanf(line, "inotify wd:%x ino:%lx sdev:%x mask:%x", reinterpret_cast<unsigned *>(&watch.wd), &ino, &device, &watch.mask) != 4) continue;
    std::string path = parse_handle(line, handle) ? path_of(handle, ino) : "";
    if (path.empty() || path[0] != '/')
      refuse(EOPNOTSUPP, "%s watches a file that can't be found by name any more, which can't be part of a template", description.words().c_str());
    path = collector.paths.stored(path);
    watch.path_size = static_cast<uint32_t>(path.size());
    pad_to_8(path);
    watches[watch.wd] = Records::bytes_of(watch) + path;
  }
  std::string data;
  for (const auto &[number, bytes] : watches) data += bytes;
  out.count = static_cast<uint32_t>(watches.size());
  collector.records.add(RECORD_INOTIFY, description.id, "", Records::bytes_of(out) + data);
}
