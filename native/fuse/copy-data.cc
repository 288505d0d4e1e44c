#include "fuse/copy-data.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include <cstring>
#include <string>
#include <vector>

#include "fuse/failure.h"
#include "fuse/overlay.h"
#include "fuse/privilege.h"

namespace {

void copy_plainly(int from, int to, off_t at, off_t end) {
  std::vector<char> buffer(1 << 20);
  while (at < end) {
    ssize_t got = check(pread(from, buffer.data(), std::min<size_t>(buffer.size(), size_t(end - at)), at), "read", "copy source");
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      done += check(pwrite(to, buffer.data() + done, size_t(got - done), at + done), "write", "copy");
    }
    at += got;
  }
}

void copy_range(int from, int to, off_t at, off_t end) {
  while (at < end) {
    off_t in = at, out = at;
    ssize_t done = copy_file_range(from, &in, to, &out, size_t(end - at), 0);
    if (done < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS || errno == EIO))
      return copy_plainly(from, to, at, end);
    check(done, "copy_file_range", "copy");
    if (done == 0) return copy_plainly(from, to, at, end);
    at += done;
  }
}

void clear_range(int to, off_t at, off_t end) {
  if (fallocate(to, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, end - at) == 0) return;
  if (errno != EOPNOTSUPP) fail(errno, "fallocate", "copy");
  std::vector<char> zeros(1 << 20);
  while (at < end) at += check(pwrite(to, zeros.data(), std::min<size_t>(zeros.size(), size_t(end - at)), at), "write", "copy");
}

}  // namespace

uint64_t copy_data(int from, int to, const Stat& st) {
  if (st.stx_size == 0) return 0;
  if (ioctl(to, FICLONE, from) == 0) return 0;
  uint64_t copied = 0;
  off_t size = off_t(st.stx_size);
  for (off_t at = 0; at < size;) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    off_t end = size;
    if (data < 0) {
      data = at;  // the file system doesn't know of holes
    } else {
      end = check(lseek(from, data, SEEK_HOLE), "lseek", "copy source");
    }
    copy_range(from, to, data, end);
    copied += uint64_t(end - data);
    at = end;
  }
  check(ftruncate(to, size), "ftruncate", "copy");
  return copied;
}

uint64_t copy_part(int from, int to, uint64_t start, uint64_t end, bool fresh) {
  Stat st;
  check(stat_at(from, "", st), "stat", "copy source");
  off_t until = off_t(std::min<uint64_t>(end, st.stx_size));
  uint64_t copied = 0;
  for (off_t at = off_t(start); at < until;) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0) data = errno == ENXIO ? until : at;   // only a hole; or holes aren't told
    data = std::min(data, until);
    if (!fresh && data > at) clear_range(to, at, data);
    if (data == until) break;
    off_t hole = lseek(from, data, SEEK_HOLE);
    at = hole < 0 ? until : std::min(hole, until);
    copy_range(from, to, data, at);
    copied += uint64_t(at - data);
  }
  return copied;
}

void copy_times(int to, const Stat& st) {
  timespec times[2] = {{time_t(st.stx_atime.tv_sec), long(st.stx_atime.tv_nsec)}, {time_t(st.stx_mtime.tv_sec), long(st.stx_mtime.tv_nsec)}};
  check(utimensat(to, "", times, AT_EMPTY_PATH), "utimensat", "copy");
}

void copy_attributes(int from, int to, const Stat& st) {
  Stat owned = st;
  shown_owner(from, "", owned);
  check(give_to(to, owned.stx_uid, owned.stx_gid), "chown", "copy");
  FdPath target(to), source(from);
  // After the owner: changing that clears the set-id bits.
  if (!S_ISLNK(st.stx_mode)) check(chmod(target, st.stx_mode & 07777), "chmod", "copy");
  OwnersRights rights(to);
  char names[65536];
  ssize_t size = listxattr(source, names, sizeof names);
  if (size < 0 && errno != EOPNOTSUPP) fail(errno, "listxattr", "copy source");
  for (const char* name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
    if (strncmp(name, overlay::prefix, strlen(overlay::prefix)) == 0) continue;
    char value[65536];
    ssize_t length = getxattr(source, name, value, sizeof value);
    if (length < 0 && errno == ENODATA) continue;
    check(length, "getxattr", name);
    if (setxattr(target, name, value, size_t(length), 0) == 0 || errno == EOPNOTSUPP) continue;
    // File capabilities are nothing that a user could give, nor that a mount of a user's would heed.
    if (errno != EPERM || privileged()) fail(errno, "setxattr", name);
  }
  copy_times(to, st);
}
