#include "fuse/layer.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <climits>
#include <map>
#include <mutex>

#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/privilege.h"

namespace {

using Key = std::pair<std::pair<uint64_t, uint64_t>, bool>;
std::mutex registry_lock;
std::map<Key, std::weak_ptr<Layer>> registry;

// A private read-only mount of the directory: not even a defect here can write through it.
Fd read_only_mount(const Fd& directory, const std::string& path) {
  if (!privileged()) return Fd(check(open_dir(directory.get(), ""), "open layer", path));
  Fd tree(open_tree(directory.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  if (tree && mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) == 0) return tree;
  log_line("no read-only mount of layer %s: %m", path.c_str());
  return Fd(check(open_dir(directory.get(), ""), "open layer", path));
}

bool lies_on_overlay(const Fd& directory) {
  struct statfs about;
  return fstatfs(directory.get(), &about) == 0 && uint32_t(about.f_type) == OVERLAYFS_SUPER_MAGIC;
}

std::shared_ptr<Layer> make(const std::string& path, Stat& st) {
  auto layer = std::make_shared<Layer>();
  layer->directory = Fd(check(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "open layer", path));
  check(stat_at(layer->directory.get(), "", st), "stat layer", path);
  layer->dev = dev_of(st);
  layer->on_overlay = lies_on_overlay(layer->directory);
  return layer;
}

// Not at every layer of a stack of a thousand.
void forget_expired() {
  static size_t next = 64;
  if (registry.size() < next) return;
  std::erase_if(registry, [](auto& item) { return item.second.expired(); });
  next = 2 * registry.size() + 64;
}

}  // namespace

std::string Layer::host_path() const {
  char text[PATH_MAX];
  ssize_t size = readlink(FdPath(directory.get()), text, sizeof text);
  check(size, "readlink layer", std::to_string(directory.get()));
  return std::string(text, size_t(size));
}

const LayerNames* Layer::names() {
  if (live || crossing) return nullptr;
  std::lock_guard held(names_lock_);
  if (!names_read_) names_ = read_names(root);
  names_read_ = true;
  return names_hold_ ? names_.get() : nullptr;
}

void Layer::look_at_names() {
  std::lock_guard held(names_lock_);
  if (names_ && names_hold_) names_hold_ = names_hold(*names_, root);
}

std::shared_ptr<Layer> open_layer(const std::string& path, bool live) {
  Stat st;
  std::shared_ptr<Layer> layer = make(path, st);
  layer->live = live;
  layer->crossing = live || layer->host_path() == "/";
  std::lock_guard held(registry_lock);
  forget_expired();
  std::weak_ptr<Layer>& slot = registry[{{layer->dev, st.stx_ino}, live}];
  if (std::shared_ptr<Layer> known = slot.lock()) {
    known->look_at_names();
    return known;
  }
  layer->root = layer->crossing ? Fd(check(open_dir(layer->directory.get(), ""), "open layer", path)) : read_only_mount(layer->directory, path);
  slot = layer;
  return layer;
}

std::shared_ptr<Layer> open_upper(const std::string& path) {
  Stat st;
  std::shared_ptr<Layer> layer = make(path, st);
  layer->root = Fd(check(open_dir(layer->directory.get(), ""), "open upper", path));
  return layer;
}

std::shared_ptr<Layer> adopt_layer(int root, int directory, bool live, bool crossing, bool upper) {
  static std::map<int, std::weak_ptr<Layer>> adopted;
  std::lock_guard held(registry_lock);
  std::weak_ptr<Layer>& before = adopted[root];
  if (std::shared_ptr<Layer> known = before.lock()) return known;
  Stat st;
  check(stat_at(directory, "", st), "stat layer", std::to_string(directory));
  auto layer = std::make_shared<Layer>();
  layer->root = Fd(root);
  layer->directory = Fd(directory);
  layer->dev = dev_of(st);
  layer->live = live;
  layer->crossing = crossing;
  layer->on_overlay = lies_on_overlay(layer->directory);
  before = layer;
  if (!upper) registry[{{layer->dev, st.stx_ino}, live}] = layer;
  return layer;
}
