// Changing owner, mode, size and times.
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/privilege.h"
#include "fuse/request.h"
#include "fuse/view.h"

namespace {

void set_mode_and_owner(const fuse_setattr_in& in, int fd, const Stat& st, const std::string& name) {
  if (in.valid & (FATTR_UID | FATTR_GID)) {
    uid_t uid = in.valid & FATTR_UID ? in.uid : uid_t(-1);
    gid_t gid = in.valid & FATTR_GID ? in.gid : gid_t(-1);
    check(fchownat(fd, "", uid, gid, AT_EMPTY_PATH), "chown", name);
  }
  if (in.valid & FATTR_MODE && !S_ISLNK(st.stx_mode)) check(chmod(FdPath(fd), in.mode & 07777), "chmod", name);
}

void kill_privileges(int fd, const Stat& st, const std::string& name) {
  mode_t mode = st.stx_mode & 07777, kept = mode & ~mode_t(S_ISUID);
  if (mode & S_IXGRP) kept &= ~mode_t(S_ISGID);
  if (kept != mode) check(chmod(FdPath(fd), kept), "chmod", name);
}

void set_times(const fuse_setattr_in& in, int fd, const std::string& name) {
  timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  if (in.valid & FATTR_ATIME) times[0] = {time_t(in.atime), long(in.atimensec)};
  if (in.valid & FATTR_MTIME) times[1] = {time_t(in.mtime), long(in.mtimensec)};
  if (in.valid & FATTR_ATIME_NOW) times[0] = {0, UTIME_NOW};
  if (in.valid & FATTR_MTIME_NOW) times[1] = {0, UTIME_NOW};
  check(utimensat(fd, "", times, AT_EMPTY_PATH), "utimensat", name);
}

}  // namespace

void op_setattr(View& view, Request& request) {
  const auto& in = request.in<fuse_setattr_in>();
  Node& node = View::current(view.node(request.head().nodeid));
  if (node.kind != NodeKind::shared) view.copy_up_node(node, !(in.valid & FATTR_SIZE && in.size == 0));
  std::shared_lock held(view.tree);
  Fd object = view.object(node, O_PATH);
  Stat st;
  check(stat_at(object.get(), "", st), "stat", node.name.name);
  set_mode_and_owner(in, object.get(), st, node.name.name);
  if (in.valid & FATTR_SIZE) {
    OwnersRights rights(object.get());
    Noting noting(view.notes, object.get(), std::min(uint64_t(in.size), uint64_t(st.stx_size)), Ranges::to_end);
    check(truncate(FdPath(object.get()), off_t(in.size)), "truncate", node.name.name);
    if (in.valid & FATTR_KILL_SUIDGID) kill_privileges(object.get(), st, node.name.name);
  }
  if (in.valid & (FATTR_ATIME | FATTR_MTIME)) set_times(in, object.get(), node.name.name);
  check(stat_at(object.get(), "", st), "stat", node.name.name);
  shown_owner(object.get(), "", st);
  fuse_attr_out out{};
  View::Validity validity = view.attr_validity(node, st);
  out.attr_valid = validity.seconds, out.attr_valid_nsec = validity.nanoseconds;
  view.fill_attr(node, st, out.attr);
  request.reply(out);
}
