// What the kernel is told of a node, and for how long it may believe it.
#include <algorithm>
#include <climits>

#include "fuse/age.h"
#include "fuse/failure.h"
#include "fuse/live-files.h"
#include "fuse/privilege.h"
#include "fuse/view.h"

namespace {

// A directory that no layer has: a mount point, or the parent of an injected file.
Stat virtual_dir(const Node& node) {
  Stat st{};
  st.stx_mode = S_IFDIR | (node.name.name == "tmp" ? 01777 : 0755);
  st.stx_nlink = 2;
  st.stx_blksize = 4096;
  return st;
}

// For how long a file that may be stored to through a mapping is believed: as long as it was left alone before, within bounds. A
// database's files, which it maps nowhere, are asked for once a second so, and what a mapping is at work on, every 10 ms.
View::Validity while_unseen(const Stat& st) {
  constexpr int64_t billion = 1'000'000'000, shortest = 10'000'000, longest = billion;
  int64_t alone = std::clamp(unchanged_for(st), shortest, longest);
  return {uint64_t(alone / billion), uint32_t(alone % billion)};
}

}  // namespace

std::string View::link_target(Node& node) {
  if (node.kind == NodeKind::link) return variables.resolve(node.virtuals->value);
  char text[PATH_MAX];
  Fd link = object(node, O_PATH);
  ssize_t size = check(readlinkat(link.get(), "", text, sizeof text), "readlink", node.name.name);
  return variables.empty() ? std::string(text, size_t(size)) : variables.resolve({text, size_t(size)});
}

Stat View::stat_node(Node& node) {
  Stat st{};
  if (node.kind == NodeKind::link) {
    st.stx_mode = S_IFLNK | 0777;
    st.stx_nlink = 1;
    return st;
  }
  if (node.is_dir() && node.branches.empty() && !node.nameless) {
    // Nothing of it is shown, yet a masked directory keeps the looks of what it masks.
    if (node.name.parent) {
      Found found = find(*node.name.parent, node.name.name);
      if (found.st.stx_mode) return found.st;
    }
    return virtual_dir(node);
  }
  if (node.kind == NodeKind::stored && !node.root && node.name.parent) {
    LayerNumber in = node.is_dir() ? node.branches.front().layer : node.layer;
    bool moved = node.is_dir() && node.branches.front().path;
    if (!moved) {
      std::shared_ptr<Fd> above = dir_fd(*node.name.parent, in);
      check(stat_at(above->get(), node.name.name.c_str(), st), "stat", node.name.name);
      if (!layers_[in]->live) shown_owner(above->get(), node.name.name.c_str(), st);
      return st;
    }
  }
  Fd held = object(node, O_PATH);
  check(stat_at(held.get(), "", st), "stat", node.name.name);
  if (node.kind == NodeKind::stored) shown_owner(held.get(), "", st);
  if (node.kind == NodeKind::injected) st.stx_mode &= ~0222u;
  return st;
}

View::Validity View::attr_validity(Node& node, const Stat& st) {
  // Stores through a shared mapping reach the file below without the kernel's telling this view of it.
  if (node.mapped || node.kind == NodeKind::shared) return {0, 0};
  {
    std::lock_guard held(open_lock(node));
    if (node.open && node.open->changes_unseen()) return while_unseen(st);
  }
  if (node.kind != NodeKind::stored) return {LONG_SECONDS, 0};
  if (node.is_dir() ? !node.branches.empty() && layers_[node.branches.front().layer]->live : layers_[node.layer]->live) return {1, 0};
  return {LONG_SECONDS, 0};
}

void View::fill_attr(Node& node, const Stat& st, fuse_attr& attr) {
  if (node.kind == NodeKind::stored && layers_[node.layer]->live) node.told_state = steady_state(st);
  attr = {};
  attr.ino = node.ino;
  attr.size = st.stx_size;
  attr.blocks = st.stx_blocks;
  attr.atime = uint64_t(st.stx_atime.tv_sec), attr.atimensec = st.stx_atime.tv_nsec;
  attr.mtime = uint64_t(st.stx_mtime.tv_sec), attr.mtimensec = st.stx_mtime.tv_nsec;
  attr.ctime = uint64_t(st.stx_ctime.tv_sec), attr.ctimensec = st.stx_ctime.tv_nsec;
  attr.mode = st.stx_mode;
  attr.nlink = uint32_t(std::max<int64_t>(0, int64_t(st.stx_nlink) + node.extra_links));
  if (!attr.mode) attr.mode = virtual_dir(node).stx_mode, attr.nlink = 2;
  // A merged directory's count says nothing of the others' subdirectories: 1 tells find(1) not to rely on it.
  if (node.branches.size() > 1) attr.nlink = 1;
  attr.uid = st.stx_uid;
  attr.gid = st.stx_gid;
  attr.rdev = (st.stx_rdev_minor & 0xffu) | st.stx_rdev_major << 8 | (st.stx_rdev_minor & ~0xffu) << 12;
  attr.blksize = st.stx_blksize ? st.stx_blksize : 4096;
  if (node.type == S_IFLNK && (node.kind == NodeKind::link || !variables.empty())) attr.size = link_target(node).size();
}

void View::fill_entry(Node& node, const Stat& st, bool changing, fuse_entry_out& entry) {
  entry = {};
  entry.nodeid = node.id;
  entry.entry_valid = changing ? 1 : LONG_SECONDS;
  Validity validity = attr_validity(node, st);
  entry.attr_valid = validity.seconds, entry.attr_valid_nsec = validity.nanoseconds;
  fill_attr(node, st, entry.attr);
  // Half of that time: what is told again shortly before its end saves many questions after it.
  int64_t told_for = int64_t(validity.seconds) * 500'000'000 + validity.nanoseconds / 2;
  node.told_until = node.is_dir() || node.open ? 0 : clock_ns() + told_for;
}
