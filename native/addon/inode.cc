// What Node's own file functions lack of an inode: extended attributes, whiteouts and sockets, exact times, holes.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <vector>

#include "addon.h"

namespace {

// Paths are bytes: a Buffer is taken as it is.
std::string path_of(const Napi::Value &value) {
  if (!value.IsBuffer()) return value.As<Napi::String>();
  auto bytes = value.As<Napi::Buffer<char>>();
  return std::string(bytes.Data(), bytes.Length());
}

// A list or a value may grow between the two calls that ask for its size and for itself.
template <class Get>
std::vector<char> grown(Napi::Env env, const std::string &what, Get get) {
  for (;;) {
    ssize_t size = get(nullptr, 0);
    if (size < 0) throw system_error(env, what, errno);
    std::vector<char> bytes(size_t(size) + 64);
    size = get(bytes.data(), bytes.size());
    if (size < 0 && errno == ERANGE) continue;
    if (size < 0) throw system_error(env, what, errno);
    bytes.resize(size_t(size));
    return bytes;
  }
}

timespec time_of(const Napi::Value &nanoseconds) {
  bool lossless = true;
  int64_t ns = nanoseconds.As<Napi::BigInt>().Int64Value(&lossless);
  int64_t rest = ns % 1000000000;
  if (rest < 0) rest += 1000000000;
  return {(ns - rest) / 1000000000, rest};
}

}  // namespace

// xattrs(path) -> [name, Buffer][]: of the file itself, links not followed; none where the file system has none.
Napi::Value xattrs(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path = path_of(info[0]);
  Napi::Array found = Napi::Array::New(env);
  if (llistxattr(path.c_str(), nullptr, 0) < 0 && errno == ENOTSUP) return found;
  std::vector<char> names = grown(env, "listxattr " + path, [&](char *to, size_t size) { return llistxattr(path.c_str(), to, size); });
  for (size_t at = 0; at < names.size();) {
    std::string name(&names[at], strnlen(&names[at], names.size() - at));
    at += name.size() + 1;
    std::vector<char> value =
        grown(env, "getxattr " + path, [&](char *to, size_t size) { return lgetxattr(path.c_str(), name.c_str(), to, size); });
    Napi::Array pair = Napi::Array::New(env, 2);
    pair.Set(0u, name);
    pair.Set(1u, Napi::Buffer<char>::Copy(env, value.data(), value.size()));
    found.Set(found.Length(), pair);
  }
  return found;
}

// setXattr(path, name, value)
Napi::Value set_xattr(const Napi::CallbackInfo &info) {
  std::string path = path_of(info[0]), name = info[1].As<Napi::String>();
  auto value = info[2].As<Napi::Buffer<char>>();
  if (lsetxattr(path.c_str(), name.c_str(), value.Data(), value.Length(), 0) < 0)
    throw system_error(info.Env(), "setxattr " + name + " " + path, errno);
  return info.Env().Undefined();
}

// makeNode(path, mode): a socket, a FIFO, or with S_IFCHR the device 0/0 that marks a removed name.
Napi::Value make_node(const Napi::CallbackInfo &info) {
  std::string path = path_of(info[0]);
  mode_t mode = info[1].As<Napi::Number>().Uint32Value();
  int made = mknod(path.c_str(), mode, makedev(0, 0));
  if (made < 0 && errno == EPERM && S_ISCHR(mode)) made = mknod(path.c_str(), mode, makedev(0, 1)); // native/fuse/whiteout.h
  if (made < 0) throw system_error(info.Env(), "mknod " + path, errno);
  if (chmod(path.c_str(), mode & 07777) < 0) throw system_error(info.Env(), "chmod " + path, errno);
  return info.Env().Undefined();
}

// setTimes(path, atime, mtime): bigint nanoseconds; links not followed.
Napi::Value set_times(const Napi::CallbackInfo &info) {
  std::string path = path_of(info[0]);
  timespec times[2] = {time_of(info[1]), time_of(info[2])};
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0) throw system_error(info.Env(), "utimensat " + path, errno);
  return info.Env().Undefined();
}

// dataExtents(path) -> [start, length, start, length...]: what is no hole.
Napi::Value data_extents(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path = path_of(info[0]);
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw system_error(env, "open " + path, errno);
  Napi::Array found = Napi::Array::New(env);
  off_t end = 0;
  for (;;) {
    off_t start = lseek(fd, end, SEEK_DATA);
    if (start < 0) break;
    end = lseek(fd, start, SEEK_HOLE);
    if (end < 0) break;
    found.Set(found.Length(), double(start));
    found.Set(found.Length(), double(end - start));
  }
  int error = errno;
  close(fd);
  if (error != ENXIO) throw system_error(env, "lseek " + path, error);
  return found;
}
