#include "fuse/privilege.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "fuse/overlay.h"

namespace {

struct Owner {
  uint32_t uid, gid;
};

bool read_privilege() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  return syscall(SYS_capget, &head, data) == 0 && data[0].effective >> CAP_SYS_ADMIN & 1;
}

}  // namespace

bool privileged() {
  static const bool known = read_privilege();
  return known;
}

OwnersRights::OwnersRights(int fd) : fd_(fd) {
  Stat st;
  if (privileged() || stat_at(fd, "", st) < 0 || st.stx_uid != geteuid()) return;
  mode_t needed = S_ISDIR(st.stx_mode) ? 0700 : S_ISREG(st.stx_mode) ? 0600 : 0;
  if ((st.stx_mode & needed) == needed) return;
  mode_ = st.stx_mode & 07777;
  changed_ = chmod(FdPath(fd), mode_ | needed) == 0;
}

OwnersRights::~OwnersRights() {
  if (!changed_) return;
  int kept = errno;
  chmod(FdPath(fd_), mode_);
  errno = kept;
}

int reopen(int object, int flags) {
  int fd = open(FdPath(object), flags);
  if (fd >= 0 || errno != EACCES || privileged()) return fd;
  OwnersRights rights(object);
  return open(FdPath(object), flags);
}

int set_mark(int fd, const char* attribute, const void* value, size_t size) {
  if (privileged()) return set_xattr(fd, "", attribute, value, size);
  OwnersRights rights(fd);
  int result = set_xattr(fd, "", attribute, value, size);
  return result < 0 && errno == EPERM ? 0 : result;
}

int give_to(int fd, uid_t uid, gid_t gid) {
  if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0) return 0;
  if (errno != EPERM || privileged()) return -1;
  Owner owner{uid, gid};
  return set_mark(fd, overlay::owner, &owner, sizeof owner);
}

void shown_owner(int dir, const char* name, Stat& st) {
  Owner owner;
  if (privileged() || st.stx_uid != geteuid() || get_xattr(dir, name, overlay::owner, &owner, sizeof owner) != sizeof owner) return;
  st.stx_uid = owner.uid;
  st.stx_gid = owner.gid;
}
