#include "fuse/view.h"

#include "fuse/dir-cache.h"
#include "fuse/failure.h"
#include "fuse/overlay.h"

namespace {
std::atomic<uint64_t> next_serial{1};
}

View::View(const MountOptions& options)
    : aid(options.aid), at(options.at), variables(options.variables), serial(next_serial++), virtuals_(make_virtual_tree(options)) {
  for (auto it = options.layers.rbegin(); it != options.layers.rend(); ++it)
    layers_.push_back(open_layer(*it, options.live && it == options.layers.rbegin()));
  live_ = options.live;
  writable_ = !options.upper.empty();
  if (writable_) layers_.push_back(open_upper(options.upper));
  base_dev_ = layers_.back()->dev;
  Node& root = nodes.root();
  root.virtuals = virtuals_.get();
  for (int number = top(); number >= 0; number--) {
    if (hidden(LayerNumber(number), root.virtuals)) continue;
    Branch& branch = root.branches.emplace_back();
    branch.layer = LayerNumber(number);
    char mark = 0;
    int dir = layers_[size_t(number)]->root.get();
    branch.impure = !layers_[size_t(number)]->live && get_xattr(dir, "", overlay::impure, &mark, 1) == 1;
    if (!layers_[size_t(number)]->live && get_xattr(dir, "", overlay::opaque, &mark, 1) == 1 && mark == 'y') break;
  }
  Stat st = stat_node(root);
  root.ino = plain_ino(st);
  root.layer = top();
}

View::~View() {
  detach();
  dir_cache::drop_view(serial);
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

uint64_t View::add_listing(std::shared_ptr<Listing> listing) {
  std::lock_guard held(listings_lock_);
  listings_[next_listing_] = std::move(listing);
  return next_listing_++;
}

std::shared_ptr<Listing> View::listing(uint64_t handle) {
  std::lock_guard held(listings_lock_);
  std::shared_ptr<Listing>& found = listings_[handle];
  if (!found) found = std::make_shared<Listing>();
  return found;
}

void View::drop_listing(uint64_t handle) {
  std::lock_guard held(listings_lock_);
  listings_.erase(handle);
}
