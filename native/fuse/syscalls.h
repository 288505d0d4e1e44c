// System calls the C library doesn't wrap, and path resolution that can't leave the directory it starts from.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "fuse/fd.h"

using Stat = struct statx;

inline constexpr uint64_t dev_of(const Stat& st) { return uint64_t(st.stx_dev_major) << 32 | st.stx_dev_minor; }
inline bool is_dir(const Stat& st) { return S_ISDIR(st.stx_mode); }

// Opens `path` beneath `dir`: no symbolic link, magic link or ".." is ever followed out of it. -1 and errno on failure.
int open_beneath(int dir, const char* path, int flags, mode_t mode = 0);
// As open_beneath, one existing directory as a place to work in.
inline int open_dir(int dir, const char* path) {
  return open_beneath(dir, *path ? path : ".", O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

// 0 or -1 and errno; `name` is a single component or "" for the descriptor itself. Never asks another server.
int stat_at(int dir, const char* name, Stat& st);

// Extended attributes of `dir`/`name` itself, links not followed; "" names the descriptor itself.
ssize_t get_xattr(int dir, const char* name, const char* attribute, void* value, size_t size);
int set_xattr(int dir, const char* name, const char* attribute, const void* value, size_t size, int flags = 0);

// Sets the mode of `dir`/`name` itself; "" names the descriptor itself. 0 or -1 and errno, EOPNOTSUPP for a link.
int chmod_at(int dir, const char* name, mode_t mode);

// Gives what `object` stands for a (further) name. 0 or -1 and errno.
int link_object(int object, int dir, const char* name);

// "/proc/self/fd/N": the object behind an O_PATH descriptor, for calls that only take a path.
struct FdPath {
  char text[32];
  explicit FdPath(int fd);
  operator const char*() const { return text; }
};
