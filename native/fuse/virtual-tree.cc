#include "fuse/virtual-tree.h"

#include <functional>

#include "fuse/failure.h"

namespace {

// Where instances have the kernel's own file systems, private temporary files and the product's files put.
const char* const mount_points[] = {"/proc", "/sys", "/dev", "/tmp", "/.appshot"};

uint64_t ino_of(std::string_view path) {
  // Far above what file systems number, so that it meets no real inode number.
  return std::hash<std::string_view>{}(path) | 0xffull << 56;
}

VirtualEntry& reach(VirtualEntry& root, const std::string& path, bool forced) {
  if (path.empty() || path[0] != '/') fail(EINVAL, "not an absolute path:", path);
  VirtualEntry* at = &root;
  for (size_t i = 1; i <= path.size();) {
    size_t end = path.find('/', i);
    if (end == path.npos) end = path.size();
    std::string part = path.substr(i, end - i);
    i = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") fail(EINVAL, "path with .. :", path);
    if (at->is_file()) fail(EINVAL, "path runs through a file:", path);
    std::unique_ptr<VirtualEntry>& slot = at->children[part];
    if (!slot) {
      slot = std::make_unique<VirtualEntry>();
      slot->ino = ino_of(path.substr(0, end));
    }
    slot->forced |= forced;
    at = slot.get();
  }
  return *at;
}

void add_files(VirtualEntry& root, const std::vector<PathValue>& files, VirtualKind kind) {
  for (const PathValue& file : files) {
    VirtualEntry& entry = reach(root, file.path, true);
    if (&entry == &root || !entry.children.empty()) fail(EINVAL, "file in the place of a directory:", file.path);
    entry.kind = kind;
    entry.value = file.value;
  }
}

}  // namespace

const VirtualEntry* VirtualEntry::child(std::string_view name) const {
  auto found = children.find(name);
  return found == children.end() ? nullptr : found->second.get();
}

std::string_view VirtualEntry::stored_name(std::string_view shown) const {
  for (const Alias& alias : aliases)
    if (alias.shown == shown) return alias.literal;
  return shown;
}

std::string_view VirtualEntry::shown_name(std::string_view stored) const {
  for (const Alias& alias : aliases)
    if (alias.literal == stored) return alias.shown;
  return stored;
}

std::unique_ptr<VirtualEntry> make_virtual_tree(const MountOptions& options) {
  auto root = std::make_unique<VirtualEntry>();
  root->forced = true;
  root->ino = ino_of("/");
  for (const char* path : mount_points) reach(*root, path, true);
  for (const std::string& path : options.masks) reach(*root, path, false).masked = true;
  for (const Alias& alias : options.aliases) reach(*root, alias.parent, false).aliases.push_back(alias);
  add_files(*root, options.injected, VirtualKind::injected);
  add_files(*root, options.shared, VirtualKind::shared);
  add_files(*root, options.links, VirtualKind::link);
  return root;
}
