// What a directory holds over all its branches.
#include <unordered_set>

#include "fuse/directory-entries.h"
#include "fuse/failure.h"
#include "fuse/overlay.h"
#include "fuse/view.h"
#include "fuse/whiteout.h"

namespace {

bool whiteout(int dir, const Dirent64& entry) {
  Stat st;
  return entry.type == DT_CHR && stat_at(dir, entry.name, st) == 0 && is_whiteout(st);
}

}  // namespace

void View::fill_listing(Node& dir, Listing& listing) {
  listing.entries.clear();
  listing.entries.push_back({".", dir.ino, DT_DIR});
  listing.entries.push_back({"..", dir.name.parent ? dir.name.parent->ino : dir.ino, DT_DIR});
  listing.filled = true;
  if (dir.nameless) return;
  std::unordered_set<std::string> seen;
  const VirtualEntry* virtuals = dir.virtuals;
  if (virtuals) {
    for (auto& [name, entry] : virtuals->children) {
      if (!entry->forced) continue;
      uint8_t type = !entry->is_file() ? DT_DIR : entry->kind == VirtualKind::link ? DT_LNK : DT_REG;
      if (type == DT_DIR) {
        Found found = find(dir, virtuals->stored_name(name));  // a layer's own directory keeps its number
        listing.entries.push_back({name, found.ino, type});
      } else {
        listing.entries.push_back({name, entry->ino, type});
      }
      seen.insert(std::string(virtuals->stored_name(name)));
    }
  }
  bool merge = dir.branches.size() > 1 || !seen.empty();
  auto list = [&](const Branch& branch) {
    std::shared_ptr<Fd> path = dir_fd(dir, branch.layer);
    Fd open_fd(check(open_beneath(path->get(), ".", O_RDONLY | O_DIRECTORY), "open directory", dir.name.name));
    bool last = &branch == &dir.branches.back();
    Stat st;
    check(stat_at(open_fd.get(), "", st), "stat", dir.name.name);
    uint64_t mix = ino_mix(dev_of(st));
    read_directory(open_fd.get(), dir.name.name, [&](const Dirent64& entry) {
      if (merge && seen.contains(entry.name)) return;
      if (merge && !last) seen.insert(entry.name);
      if (whiteout(open_fd.get(), entry)) return;
      uint64_t ino = entry.ino ^ mix, own;
      if (branch.impure && get_xattr(open_fd.get(), entry.name, overlay::ino, &own, sizeof own) == sizeof own) ino = own;
      listing.entries.push_back({virtuals ? std::string(virtuals->shown_name(entry.name)) : entry.name, ino, entry.type});
    });
  };
  for (const Branch& branch : dir.branches) {
    try {
      list(branch);
    } catch (const Failure& failure) {
      if (!merge || !layers_[branch.layer]->live || !absent(failure.code())) throw;
    }
  }
}
