// Changing owner, mode, size and times.
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/privilege.h"
#include "fuse/request.h"
#include "fuse/set-id.h"
#include "fuse/view.h"

namespace {

// What is to be changed, as the calls that end in "at" name it: by its name where that is enough, which saves opening and closing it.
struct Target {
  std::shared_ptr<Fd> above;
  Fd own;   // the file itself, when there is no name to go by
  const std::string& name;

  int dir() const { return own ? own.get() : above->get(); }
  const char* path() const { return own ? "" : name.c_str(); }
  int flags() const { return AT_SYMLINK_NOFOLLOW | (own ? AT_EMPTY_PATH : 0); }
};

Target target(View& view, Node& node, bool opened) {
  bool named = node.kind == NodeKind::stored && !node.is_dir() && !node.nameless && node.name.parent && !view.layer(node.layer).live;
  if (named && !opened) return {view.dir_fd(*node.name.parent, node.layer), {}, node.name.name};
  return {nullptr, view.object(node, O_PATH), node.name.name};
}

void set_mode_and_owner(const fuse_setattr_in& in, const Target& target, uint32_t type) {
  if (in.valid & (FATTR_UID | FATTR_GID)) {
    uid_t uid = in.valid & FATTR_UID ? in.uid : uid_t(-1);
    gid_t gid = in.valid & FATTR_GID ? in.gid : gid_t(-1);
    check(fchownat(target.dir(), target.path(), uid, gid, target.flags()), "chown", target.name);
  }
  if (in.valid & FATTR_MODE && type != S_IFLNK) check(chmod_at(target.dir(), target.path(), in.mode & 07777), "chmod", target.name);
}

// The kernel asks for nothing when a file's set-id bits are to go: somebody without the right to keep them writes to it, allocates
// or chowns it.
bool only_kills(const fuse_setattr_in& in, const Node& node) {
  constexpr uint32_t set = FATTR_MODE | FATTR_UID | FATTR_GID | FATTR_SIZE | FATTR_ATIME | FATTR_MTIME | FATTR_ATIME_NOW | FATTR_MTIME_NOW | FATTR_CTIME;
  return !(in.valid & set) && node.type == S_IFREG;
}

void set_size(View& view, const fuse_setattr_in& in, const fuse_in_header& asker, int fd, const std::string& name) {
  Stat st;
  check(stat_at(fd, "", st), "stat", name);
  OwnersRights rights(fd);
  Noting noting(view.notes, fd, std::min(uint64_t(in.size), uint64_t(st.stx_size)), Ranges::to_end);
  check(truncate(FdPath(fd), off_t(in.size)), "truncate", name);
  if (in.valid & FATTR_KILL_SUIDGID) drop_set_id(fd, asker, name);
}

void set_times(const fuse_setattr_in& in, const Target& target) {
  timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  if (in.valid & FATTR_ATIME) times[0] = {time_t(in.atime), long(in.atimensec)};
  if (in.valid & FATTR_MTIME) times[1] = {time_t(in.mtime), long(in.mtimensec)};
  if (in.valid & FATTR_ATIME_NOW) times[0] = {0, UTIME_NOW};
  if (in.valid & FATTR_MTIME_NOW) times[1] = {0, UTIME_NOW};
  check(utimensat(target.dir(), target.path(), times, target.flags()), "utimensat", target.name);
}

}  // namespace

void op_setattr(View& view, Request& request) {
  const auto& in = request.in<fuse_setattr_in>();
  Node& node = View::current(view.node(request.head().nodeid));
  if (node.kind != NodeKind::shared) view.copy_up_node(node, !(in.valid & FATTR_SIZE && in.size == 0));
  std::shared_lock held(view.tree);
  bool kills = only_kills(in, node);
  Target changed = target(view, node, in.valid & FATTR_SIZE || kills);
  if (kills) drop_set_id(changed.own.get(), request.head(), node.name.name);
  set_mode_and_owner(in, changed, node.type);
  if (in.valid & FATTR_SIZE) set_size(view, in, request.head(), changed.own.get(), node.name.name);
  if (in.valid & (FATTR_ATIME | FATTR_MTIME)) set_times(in, changed);
  Stat st;
  check(stat_at(changed.dir(), changed.path(), st), "stat", node.name.name);
  shown_owner(changed.dir(), changed.path(), st);
  fuse_attr_out out{};
  View::Validity validity = view.attr_validity(node, st);
  out.attr_valid = validity.seconds, out.attr_valid_nsec = validity.nanoseconds;
  view.fill_attr(node, st, out.attr);
  request.reply(out);
}
