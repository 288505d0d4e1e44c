#include "fuse/node-table.h"

#include <atomic>

namespace {
std::atomic<uint64_t> freed_nodes{0};
}

uint64_t NodeTable::freed() { return freed_nodes; }

HeldNode& HeldNode::operator=(HeldNode&& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(node_, other.node_);
  return *this;
}

HeldNode::~HeldNode() {
  if (node_) table_->unpin(*node_);
}

NodeTable::NodeTable() : slots_(2), generations_(2) {
  Node* root = new Node;
  root->id = 1;
  root->root = true;
  root->type = 0040000;
  root->lookups = 1;
  slots_[1] = root;
  count_ = 1;
}

NodeTable::~NodeTable() {
  for (Node* node : slots_) delete node;
}

Node* NodeTable::find(uint64_t id) {
  std::lock_guard held(lock_);
  uint32_t slot = uint32_t(id);
  Node* node = slot < slots_.size() ? slots_[slot] : nullptr;
  return node && node->id == id ? node : nullptr;
}

HeldNode NodeTable::find(const Node& parent, std::string_view name) {
  std::lock_guard held(lock_);
  auto found = names_.find({&parent, name});
  if (found == names_.end()) return {};
  found->second->pins++;
  return {*this, found->second};
}

HeldNode NodeTable::find_hard(uint64_t dev, uint64_t ino) {
  std::lock_guard held(lock_);
  auto found = hard_.find({dev, ino});
  if (found == hard_.end()) return {};
  found->second->pins++;
  return {*this, found->second};
}

HeldNode NodeTable::make(Node* parent, std::string_view name) {
  Node* node = new Node;
  std::lock_guard held(lock_);
  uint32_t slot;
  if (free_.empty()) {
    slot = uint32_t(slots_.size());
    slots_.push_back(nullptr);
    generations_.push_back(0);
  } else {
    slot = free_.back();
    free_.pop_back();
    generations_[slot]++;
  }
  node->id = uint64_t(generations_[slot]) << 32 | slot;
  slots_[slot] = node;
  count_++;
  node->pins = 1;
  if (parent) link_locked(*node, *parent, name);
  return {*this, node};
}

void NodeTable::link_locked(Node& node, Node& parent, std::string_view name) {
  auto other = names_.find({&parent, name});
  if (other != names_.end()) unlink_locked(*other->second, parent, name);
  Name* held;
  if (!node.name.parent) {
    node.name = {&parent, std::string(name)};
    held = &node.name;
  } else {
    held = &node.more.emplace_back(&parent, std::string(name));
  }
  parent.pins++;
  names_[{&parent, held->name}] = &node;
}

void NodeTable::unlink_locked(Node& node, const Node& parent, std::string_view name) {
  Node* dropped = nullptr;
  std::string wanted(name);  // may view the very string that is erased
  name = wanted;
  if (node.name.parent == &parent && node.name.name == name) {
    dropped = node.name.parent;
    names_.erase({&parent, node.name.name});
    node.name = {};
    if (!node.more.empty()) {
      // The first further name moves into the place; its key views the string, so it is entered anew.
      Name& next = node.more.front();
      names_.erase({next.parent, next.name});
      node.name = {next.parent, std::move(next.name)};
      node.more.pop_front();
      names_[{node.name.parent, node.name.name}] = &node;
    }
  } else {
    for (auto it = node.more.begin(); it != node.more.end(); ++it) {
      if (it->parent != &parent || it->name != name) continue;
      dropped = it->parent;
      names_.erase({&parent, it->name});
      node.more.erase(it);
      break;
    }
  }
  if (dropped) {
    dropped->pins--;
    reap_locked(dropped);
  }
}

void NodeTable::reap_locked(Node* node) {
  while (node && !node->lookups && !node->pins && !node->root && !node->lasting) {
    Node* parent = node->name.parent;
    if (parent) {
      names_.erase({parent, node->name.name});
      parent->pins--;
    }
    for (Name& name : node->more) {
      names_.erase({name.parent, name.name});
      name.parent->pins--;
      if (name.parent != parent) reap_locked(name.parent);
    }
    auto drop = [&](uint64_t dev, uint64_t ino) {
      auto found = hard_.find({dev, ino});
      if (found != hard_.end() && found->second == node) hard_.erase(found);
    };
    if (node->hard_ino) drop(node->hard_dev, node->hard_ino);
    if (node->hard_ino2) drop(node->hard_dev2, node->hard_ino2);
    if (node->successor) {
      node->successor->pins--;
      reap_locked(node->successor);
    }
    slots_[uint32_t(node->id)] = nullptr;
    free_.push_back(uint32_t(node->id));
    count_--;
    delete node;
    freed_nodes++;
    node = parent;
  }
}

void NodeTable::add_name(Node& node, Node& parent, std::string_view name) {
  std::lock_guard held(lock_);
  auto found = names_.find({&parent, name});
  if (found != names_.end() && found->second == &node) return;
  link_locked(node, parent, name);
}

void NodeTable::drop_name(Node& node, const Node& parent, std::string_view name) {
  std::lock_guard held(lock_);
  unlink_locked(node, parent, name);
}

void NodeTable::move_name(Node& node, const Node& parent, std::string_view name, Node& to, std::string_view to_name) {
  std::lock_guard held(lock_);
  std::string target(to_name);  // may view a string that goes away with the old name
  node.pins++;
  to.pins++;
  unlink_locked(node, parent, name);
  link_locked(node, to, target);
  to.pins--;
  node.pins--;
}

void NodeTable::take_names(Node& from, Node& to) {
  std::lock_guard held(lock_);
  while (from.name.parent) {
    Name name = from.name;
    link_locked(to, *name.parent, name.name);  // takes it away from the other
  }
}

void NodeTable::index_hard(Node& node, uint64_t dev, uint64_t ino) {
  std::lock_guard held(lock_);
  if (!node.hard_ino || (node.hard_dev == dev && node.hard_ino == ino)) {
    node.hard_dev = dev;
    node.hard_ino = ino;
  } else {
    node.hard_dev2 = dev;
    node.hard_ino2 = ino;
  }
  hard_[{dev, ino}] = &node;
}

void NodeTable::move_hard(Node& from, Node& to) {
  std::lock_guard held(lock_);
  to.hard_dev = from.hard_dev, to.hard_ino = from.hard_ino;
  to.hard_dev2 = from.hard_dev2, to.hard_ino2 = from.hard_ino2;
  if (to.hard_ino) hard_[{to.hard_dev, to.hard_ino}] = &to;
  if (to.hard_ino2) hard_[{to.hard_dev2, to.hard_ino2}] = &to;
  from.hard_ino = from.hard_ino2 = 0;
}

void NodeTable::remember(Node& node) {
  std::lock_guard held(lock_);
  node.lookups++;
}

void NodeTable::forget(uint64_t id, uint64_t count) {
  std::lock_guard held(lock_);
  uint32_t slot = uint32_t(id);
  Node* node = slot < slots_.size() ? slots_[slot] : nullptr;
  if (!node || node->id != id) return;
  node->lookups -= count < node->lookups ? count : node->lookups;
  reap_locked(node);
}

void NodeTable::pin(Node& node) {
  std::lock_guard held(lock_);
  node.pins++;
}

void NodeTable::unpin(Node& node) {
  std::lock_guard held(lock_);
  node.pins--;
  reap_locked(&node);
}

void NodeTable::each(const std::function<void(Node&)>& visit) {
  std::lock_guard held(lock_);
  for (Node* node : slots_)
    if (node) visit(*node);
}

size_t NodeTable::size() {
  std::lock_guard held(lock_);
  return count_;
}
