#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include "addon.h"

// lockFile(path) -> descriptor, or -1 when another process holds it. The kernel drops the lock with the process,
// so a killed holder never leaves one behind.
Napi::Value lock_file(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path = info[0].As<Napi::String>();
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw system_error(env, "open " + path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return Napi::Number::New(env, fd);
  int error = errno;
  close(fd);
  if (error == EWOULDBLOCK) return Napi::Number::New(env, -1);
  throw system_error(env, "lock " + path, error);
}

// nameFile(descriptor, path): the name of a file that was made without one (O_TMPFILE). EEXIST when something has that name.
Napi::Value name_file(const Napi::CallbackInfo &info) {
  std::string file = "/proc/self/fd/" + std::to_string(info[0].As<Napi::Number>().Int32Value());
  std::string path = info[1].As<Napi::String>();
  if (linkat(AT_FDCWD, file.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) < 0) throw system_error(info.Env(), "link " + path, errno);
  return info.Env().Undefined();
}

// unmount(path): detached even when busy. Not being mounted is no error.
Napi::Value unmount_path(const Napi::CallbackInfo &info) {
  std::string path = info[0].As<Napi::String>();
  if (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
    throw system_error(info.Env(), "umount " + path, errno);
  return info.Env().Undefined();
}

// closeOnExec(from): no program that is started later inherits a descriptor from this one on.
Napi::Value close_on_exec(const Napi::CallbackInfo &info) {
  unsigned from = info[0].As<Napi::Number>().Uint32Value();
  if (close_range(from, ~0u, CLOSE_RANGE_CLOEXEC) < 0) throw system_error(info.Env(), "close_range " + std::to_string(from), errno);
  return info.Env().Undefined();
}
