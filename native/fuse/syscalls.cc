#include "fuse/syscalls.h"

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

#ifndef SYS_setxattrat
constexpr long SYS_setxattrat = 463;
constexpr long SYS_getxattrat = 464;
#endif

#ifndef SYS_fchmodat2
constexpr long SYS_fchmodat2 = 452;
#endif

struct XattrArgs {
  uint64_t value;
  uint32_t size;
  uint32_t flags;
};

// Kernels before 6.13 have no getxattrat: they go through /proc, which costs a longer walk.
std::atomic<bool> has_xattrat{true};

std::string proc_path(int dir, const char* name) {
  std::string path = FdPath(dir).text;
  if (*name) path.append("/").append(name);
  return path;
}

}  // namespace

FdPath::FdPath(int fd) { snprintf(text, sizeof text, "/proc/self/fd/%d", fd); }

int open_beneath(int dir, const char* path, int flags, mode_t mode) {
  open_how how{};
  how.flags = uint64_t(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  for (;;) {
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    // EAGAIN: a rename elsewhere raced with the walk and the kernel could not be sure; the walk is simply repeated.
    if (fd < 0 && errno == EAGAIN && !(flags & O_NONBLOCK)) continue;
    return int(fd);
  }
}

int stat_at(int dir, const char* name, Stat& st) {
  int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC | (*name ? 0 : AT_EMPTY_PATH);
  return statx(dir, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &st);
}

ssize_t get_xattr(int dir, const char* name, const char* attribute, void* value, size_t size) {
  if (has_xattrat) {
    XattrArgs args{uint64_t(uintptr_t(value)), uint32_t(size), 0};
    int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);
    long got = syscall(SYS_getxattrat, dir, name, flags, attribute, &args, sizeof args);
    if (got >= 0 || (errno != ENOSYS && errno != EBADF)) return got;
    if (errno == ENOSYS) has_xattrat = false;
  }
  std::string path = proc_path(dir, name);
  return *name ? lgetxattr(path.c_str(), attribute, value, size) : getxattr(path.c_str(), attribute, value, size);
}

int set_xattr(int dir, const char* name, const char* attribute, const void* value, size_t size, int flags) {
  std::string path = proc_path(dir, name);
  return *name ? lsetxattr(path.c_str(), attribute, value, size, flags)
               : setxattr(path.c_str(), attribute, value, size, flags);
}

int chmod_at(int dir, const char* name, mode_t mode) {
  static std::atomic<bool> has_flags{true};   // Linux 6.6
  if (has_flags) {
    int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);
    if (syscall(SYS_fchmodat2, dir, name, mode, flags) == 0) return 0;
    if (errno != ENOSYS) return -1;
    has_flags = false;
  }
  if (!*name) return chmod(FdPath(dir), mode);
  Fd object(open_beneath(dir, name, O_PATH | O_NOFOLLOW));
  return object ? chmod(FdPath(object.get()), mode) : -1;
}

int link_object(int object, int dir, const char* name) {
  int result = linkat(object, "", dir, name, AT_EMPTY_PATH);
  if (result == 0 || errno != ENOENT) return result;
  // Refused to those without CAP_DAC_READ_SEARCH by older kernels, and to another thread's rights by newer ones.
  return linkat(AT_FDCWD, FdPath(object), dir, name, AT_SYMLINK_FOLLOW);
}
