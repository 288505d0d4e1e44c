#include "fuse/live-files.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include "fuse/age.h"
#include "fuse/failure.h"
#include "fuse/notify.h"
#include "fuse/view.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

namespace {

constexpr int64_t settled_ns = 1'000'000'000;   // of two changes within a tick of the kernel's clock only the first shows

uint64_t mixed(uint64_t state, uint64_t value) {
  state = (state ^ value) * 0x9e3779b97f4a7c15ull;
  return state ^ state >> 29;
}

uint64_t mixed(uint64_t state, const statx_timestamp& time) { return mixed(mixed(state, uint64_t(time.tv_sec)), time.tv_nsec); }

}  // namespace

uint64_t steady_state(const Stat& st) {
  if (unchanged_for(st) < settled_ns) return 0;
  uint64_t state = mixed(mixed(mixed(1, dev_of(st)), st.stx_ino), st.stx_size);
  return mixed(mixed(state, st.stx_ctime), st.stx_mtime) | 1;
}

bool dates_names(int fd) {
  struct statfs st;
  if (fstatfs(fd, &st) < 0) return false;
  switch (uint32_t(st.f_type)) {
    case EXT4_SUPER_MAGIC: case XFS_SUPER_MAGIC: case BTRFS_SUPER_MAGIC: case TMPFS_MAGIC: case F2FS_SUPER_MAGIC: case OVERLAYFS_SUPER_MAGIC:
      return true;
    default:
      return false;
  }
}

// Of all branches of a directory that others change, together.
std::optional<uint64_t> View::listing_state(Node& dir) {
  uint64_t all = 1;
  for (const Branch& branch : dir.branches) {
    if (!layers_[branch.layer]->live) continue;
    try {
      Stat st;
      std::shared_ptr<Fd> in = dir_fd(dir, branch.layer);
      check(stat_at(in->get(), "", st), "stat", dir.name.name);
      uint64_t state = dates_names(in->get()) ? steady_state(st) : 0;
      if (!state) return std::nullopt;
      all = mixed(all, state);
    } catch (const Failure& failure) {
      if (!absent(failure.code())) throw;
      return std::nullopt;   // removed meanwhile
    }
  }
  return all;
}

bool View::cache_listing(Node& dir, OpenOut& out) {
  std::optional<uint64_t> state = listing_state(dir);
  uint64_t before = dir.listed.exchange(state.value_or(0));
  if (!state) return false;
  // The kernel itself drops what it kept of a directory when it is changed through this view.
  if (before == *state) out.open_flags |= FOPEN_KEEP_CACHE;
  return true;
}

// Whether the kernel may cache the contents of a small file that others may change, as it does those of sealed layers: what it has
// is dropped when the file is opened and has changed. Who has it open meanwhile sees that as soon as attributes are asked for again.
bool View::caches_live(Node& node, int object, OpenOut& out) {
  if (node.kind != NodeKind::stored || node.type != S_IFREG || !layers_[node.layer]->live) return false;
  Stat st;
  if (stat_at(object, "", st) < 0) return false;
  uint64_t state = steady_state(st);
  if (!state || state != node.told_state) notify_attributes(device_.get(), node.id);
  if (st.stx_size > SMALL_FILE) return false;
  std::lock_guard held(open_lock(node));
  if (node.open ? node.open->backing != 0 : !state) return false;
  if (state && state == node.cached_state.exchange(state)) out.open_flags |= FOPEN_KEEP_CACHE;
  return true;
}
