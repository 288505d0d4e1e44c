// Bringing what lies in a lower layer into the upper, so that it can be changed.
//
// A file's data is copied without the tree lock, into a file without a name; the name is given under the lock, so
// nobody sees half a copy, and a killed server leaves none.
#include "fuse/copy-data.h"
#include "fuse/failure.h"
#include "fuse/overlay.h"
#include "fuse/privilege.h"
#include "fuse/view.h"

#include <climits>
#include <sys/sysmacros.h>

void View::mark_impure(Node& dir, int upper_dir) {
  if (dir.branches.empty() || dir.branches.front().layer != top() || dir.branches.front().impure) return;
  check(set_mark(upper_dir, overlay::impure, "y", 1), "setxattr impure", dir.name.name);
  dir.branches.front().impure = true;
}

namespace {

void keep_ino(int fd, uint64_t ino, const std::string& name) {
  check(set_mark(fd, overlay::ino, &ino, sizeof ino), "setxattr ino", name);
}

}  // namespace

Fd View::copy_up_dir(Node& dir) {
  if (dir.has_branch(top())) return Fd(check(fcntl(dir_fd(dir, top())->get(), F_DUPFD_CLOEXEC, 3), "dup", dir.name.name));
  if (!writable_) fail(EROFS, "copy up", dir.name.name);
  if (!dir.name.parent) fail(ENOENT, "copy up a removed directory", std::to_string(dir.id));
  Node& parent = *dir.name.parent;
  Fd above = copy_up_dir(parent);
  Stat above_st, st = stat_node(dir);
  check(stat_at(above.get(), "", above_st), "stat", parent.name.name);
  const char* name = dir.name.name.c_str();
  CopyIntent& intent = memory.header().copy;
  intent.parent = parent.id;
  intent.node = dir.id;
  intent.directory = true;
  set_name(intent.name, dir.name.name);
  Standing standing(intent, CopyIntent::made_in_place);
  mark_impure(parent, above.get());
  OwnersRights rights(above.get());
  check(mkdirat(above.get(), name, 0700), "mkdir", dir.name.name);
  try {
    return fill_dir_copy(dir, above, above_st, st);
  } catch (...) {
    unlinkat(above.get(), name, AT_REMOVEDIR);
    throw;
  }
}

Fd View::fill_dir_copy(Node& dir, const Fd& above, const Stat& above_st, const Stat& st) {
  Fd made(check(open_dir(above.get(), dir.name.name.c_str()), "open", dir.name.name));
  if (dir.branches.empty()) {
    check(chmod(FdPath(made.get()), st.stx_mode & 07777), "chmod", dir.name.name);
    check(give_to(made.get(), st.stx_uid, st.stx_gid), "chown", dir.name.name);
  } else {
    Fd from = object(dir, O_PATH);
    copy_attributes(from.get(), made.get(), st);
  }
  keep_ino(made.get(), dir.ino, dir.name.name);
  copy_times(above.get(), above_st);  // nobody changed the parent as far as the view shows
  Branch branch;
  branch.layer = top();
  dir.branches.insert(dir.branches.begin(), std::move(branch));
  dir.layer = top();
  dir.note();
  return made;
}

Fd View::upper_file(Node& node, int flags) {
  return Fd(check(open_beneath(layers_[top()]->root.get(), ".", O_TMPFILE | O_RDWR | flags, 0600), "open temporary file for", node.name.name));
}

void View::copy_up_node(Node& node, bool with_data) {
  need_writable(node);
  if (node.is_dir()) {
    std::unique_lock held(tree);
    copy_up_dir(node);
    return;
  }
  if (node.kind != NodeKind::stored) return;
  std::lock_guard copying(copy_locks_[node.id % copy_locks_.size()]);
  Fd source, made;
  Stat st;
  {
    std::shared_lock held(tree);
    if (node.layer == top()) return;
    source = object(node, node.type == S_IFREG ? O_RDONLY : O_PATH);
    check(stat_at(source.get(), "", st), "stat", node.name.name);
    if (node.type == S_IFREG) made = upper_file(node, 0);
    if (node.name.parent) gather_names(node, st.stx_nlink);
  }
  if (made) {
    if (with_data) counters.copied_bytes += copy_data(source.get(), made.get(), st);
    copy_attributes(source.get(), made.get(), st);
    keep_ino(made.get(), node.ino, node.name.name);
  }
  std::unique_lock held(tree);
  if (!node.name.parent) {
    // Its last name went while it was copied. The copy is still what its openers write to.
    if (made) node.hold_nameless(Fd(check(open(FdPath(made.get()), O_PATH | O_CLOEXEC), "open", "copy")));
    node.layer = top();
    node.note();
    return;
  }
  Node& parent = *node.name.parent;
  Fd above = copy_up_dir(parent);
  Stat above_st;
  check(stat_at(above.get(), "", above_st), "stat", parent.name.name);
  CopyIntent& intent = memory.header().copy;
  intent.parent = parent.id;
  intent.node = node.id;
  intent.directory = false;
  set_name(intent.name, node.name.name);
  mark_impure(parent, above.get());
  {
    OwnersRights rights(above.get());
    Standing standing(intent, made ? CopyIntent::placed_whole : CopyIntent::made_in_place);
    made = place_copy(node, above.get(), source, std::move(made), st);
    node.layer = top();
    node.note();
    mark_stale(node, made);
  }
  counters.copied_files++;
  if (st.stx_nlink > 1) copy_up_links(node, above.get(), made, st);
  copy_times(above.get(), above_st);
}

// Gives the copy its name; what has no data is made in place.
Fd View::place_copy(Node& node, int above, const Fd& source, Fd made, const Stat& st) {
  const char* name = node.name.name.c_str();
  if (made) {
    check(link_object(made.get(), above, name), "link copy", node.name.name);
    return made;
  }
  if (node.type == S_IFLNK) {
    char target[PATH_MAX];
    ssize_t size = check(readlinkat(source.get(), "", target, sizeof target - 1), "readlink", node.name.name);
    target[size] = 0;
    check(symlinkat(target, above, name), "symlink", node.name.name);
  } else {
    check(mknodat(above, name, st.stx_mode, makedev(st.stx_rdev_major, st.stx_rdev_minor)), "mknod", node.name.name);
  }
  try {
    made = Fd(check(open_beneath(above, name, O_PATH | O_NOFOLLOW), "open", node.name.name));
    copy_attributes(source.get(), made.get(), st);
    keep_ino(made.get(), node.ino, node.name.name);
    // Without privileges it can't carry that mark: as long as the view is mounted, the copy is known by what it is.
    Stat now;
    check(stat_at(made.get(), "", now), "stat", node.name.name);
    nodes.index_hard(node, dev_of(now), now.stx_ino);
  } catch (...) {
    unlinkat(above, name, 0);
    throw;
  }
  return made;
}

void View::copy_up_links(Node& node, int above, const Fd& made, const Stat& st) {
  for (Name& other : node.more) {
    Fd beside = copy_up_dir(*other.parent);
    OwnersRights rights(beside.get());
    mark_impure(*other.parent, beside.get());
    if (linkat(above, node.name.name.c_str(), beside.get(), other.name.c_str(), 0) < 0 && errno != EEXIST) fail(errno, "link copy", other.name);
  }
  // Names removed while it lay below were taken off already.
  node.extra_links += int32_t(st.stx_nlink) - 1 - int32_t(node.more.size());
  if (node.extra_links < 0) node.extra_links = 0;
  // A name that nobody has looked up yet may lead here too, so the node stays.
  node.lasting = node.extra_links > 0;
  node.note();
  Stat now;
  check(stat_at(made.get(), "", now), "stat", node.name.name);
  nodes.index_hard(node, dev_of(now), now.stx_ino);
}

// Opens of the lower file: those that come here go on with the copy, those that pass through can't.
void View::mark_stale(Node& node, const Fd& made) {
  std::lock_guard opened(open_lock(node));
  if (!node.open || !node.open->opens) return;
  if (node.open->backing) {
    node.open->stale = true;
    node.record->stale = true;
    return;
  }
  Fd object(check(open(FdPath(made.get()), O_PATH | O_CLOEXEC), "open copy", node.name.name));
  node.record->object = object.get();
  node.open->object = std::move(object);
  node.open->reader.reset();
  node.open->writer.reset();
}
