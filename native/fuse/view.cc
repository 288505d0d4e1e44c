#include "fuse/view.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstring>

#include "fuse/dir-cache.h"
#include "fuse/failure.h"
#include "fuse/overlay.h"
#include "fuse/users-upper.h"

namespace {
std::atomic<uint64_t> next_serial{1};

bool in_memory(const struct statfs& st) { return uint32_t(st.f_type) == TMPFS_MAGIC || uint32_t(st.f_type) == RAMFS_MAGIC; }

// Whether files of the host below this are written where they lie, on a disk.
bool shares_on_disk(const VirtualEntry& entry) {
  struct statfs st;
  if (entry.kind == VirtualKind::shared && (statfs(entry.value.c_str(), &st) < 0 || !in_memory(st))) return true;
  return std::any_of(entry.children.begin(), entry.children.end(), [](const auto& child) { return shares_on_disk(*child.second); });
}

}  // namespace

uint64_t new_serial() { return next_serial++; }

View::View(const MountOptions& options, const std::string& written)
    : aid(options.aid), at(options.at), nodes(memory), variables(options.variables), serial(new_serial()), virtuals_(make_virtual_tree(options)) {
  for (auto it = options.layers.rbegin(); it != options.layers.rend(); ++it)
    layers_.push_back(open_layer(*it, options.live && it == options.layers.rbegin()));
  live_ = options.live;
  writable_ = !options.upper.empty();
  if (writable_) layers_.push_back(open_upper(options.upper));
  if (layers_.size() > 1 && writable_) prepare_users_upper(*layers_.back(), *layers_[layers_.size() - 2]);
  base_dev_ = layers_.back()->dev;
  set_root();
  nodes.root().ino = plain_ino(stat_node(nodes.root()));
  ViewHeader& header = memory.header();
  if (written.size() > sizeof header.options) fail(E2BIG, "mount options of", aid);
  header.options_size = uint32_t(written.size());
  memcpy(header.options, written.data(), written.size());
  header.writable = writable_;
  header.root_ino = nodes.root().ino;
  header.base_dev = base_dev_;
  header.next_listing = 1;
  write_stack();
}

// Puts down which layers there are now: the other stack is filled, then it becomes the one that holds.
void View::write_stack() {
  ViewHeader& header = memory.header();
  if (layers_.size() > ViewHeader::most_layers) fail(E2BIG, "too many layers of", aid);
  uint32_t other = 1 - header.current;
  ViewHeader::Stack& stack = header.stacks[other];
  for (size_t i = 0; i < layers_.size(); i++)
    stack.layers[i] = {layers_[i]->root.get(), layers_[i]->directory.get(), layers_[i]->live, layers_[i]->crossing};
  stack.count = uint32_t(layers_.size());
  header.current = other;
}

Branch View::root_branch(LayerNumber number) const {
  Branch branch;
  branch.layer = number;
  branch.impure = !layers_[number]->live && overlay::has_mark(layers_[number]->root.get(), "", overlay::impure);
  return branch;
}

void View::set_root() {
  Node& root = nodes.root();
  root.virtuals = virtuals_.get();
  root.branches.clear();
  for (int number = top(); number >= 0; number--) {
    if (hidden(LayerNumber(number), root.virtuals)) continue;
    root.branches.push_back(root_branch(LayerNumber(number)));
    const Layer& layer = *layers_[size_t(number)];
    if (!layer.live && overlay::has_mark(layer.root.get(), "", overlay::opaque)) break;
  }
  root.layer = top();
}

// For a new top: what is below it has been looked at, and may be a thousand layers.
void View::raise_root() {
  Node& root = nodes.root();
  root.branches.insert(root.branches.begin(), root_branch(top()));
  root.layer = top();
}

View::~View() {
  detach();
  dir_cache::drop_view(serial);
}

bool View::has_copied(uint64_t id) {
  std::shared_lock held(tree, std::try_to_lock);
  Node* known = held ? nodes.find(id) : nullptr;
  return known && in_upper(current(*known));
}

Node& View::node(uint64_t id) {
  Node* found = nodes.find(id);
  if (!found) fail(ESTALE, "node", std::to_string(id));
  return *found;
}

Node& View::current(Node& node) {
  Node* at = &node;
  while (at->successor) at = at->successor;
  return *at;
}

void View::need_writable(const Node& node) const {
  if (!writable_ || node.kind == NodeKind::injected || node.kind == NodeKind::link) fail(EROFS, "change", node.name.name);
}

bool View::written_in_memory() const {
  struct statfs st;
  return writable_ && fstatfs(layers_.back()->root.get(), &st) == 0 && in_memory(st) && !shares_on_disk(*virtuals_);
}
