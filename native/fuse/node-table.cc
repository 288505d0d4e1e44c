#include "fuse/node-table.h"

#include <algorithm>
#include <atomic>

namespace {

std::atomic<uint64_t> made_nodes{0}, freed_nodes{0};

void note_hard(Node& node) {
  node.record->hard_dev = node.hard_dev, node.record->hard_ino = node.hard_ino;
  node.record->hard_dev2 = node.hard_dev2, node.record->hard_ino2 = node.hard_ino2;
}

Name* add_further(Node& node) {
  Name& name = node.more.emplace_back();
  name.self = std::prev(node.more.end());
  return &name;
}

}  // namespace

uint64_t NodeTable::freed() { return freed_nodes; }

uint64_t NodeTable::living() {
  uint64_t freed = freed_nodes;   // first: what is made meanwhile may count, what is freed must not count twice
  return made_nodes - freed;
}

HeldNode& HeldNode::operator=(HeldNode&& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(node_, other.node_);
  return *this;
}

HeldNode::~HeldNode() {
  if (node_) table_->unpin(*node_);
}

NodeTable::NodeTable(ViewMemory& memory) : memory_(memory), slots_(2), generations_(2) {
  Node* root = new Node;
  root->id = 1;
  root->root = true;
  root->type = 0040000;
  root->lookups = 1;
  slots_[1] = root;
  count_ = 1;
  made_nodes++;
}

NodeTable::~NodeTable() {
  freed_nodes += count_; // an unmounted view's memory is to be given back as well
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
  found->second.node->pins++;
  return {*this, found->second.node};
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
    generations_.push_back(first_generation_);
  } else {
    slot = free_.back();
    free_.pop_back();
    generations_[slot]++;
  }
  node->id = uint64_t(generations_[slot]) << 32 | slot;
  if (generations_[slot] > memory_.header().generation) memory_.header().generation = generations_[slot];
  node->record = memory_.make_node();
  node->record->id = node->id;
  slots_[slot] = node;
  count_++;
  made_nodes++;
  node->pins = 1;
  if (parent) link_locked(*node, *parent, name);
  return {*this, node};
}

void NodeTable::link_locked(Node& node, Node& parent, std::string_view name) {
  // The new name is written down before another node's claim to it is struck out.
  NameRecord* record = memory_.make_name(node.id, parent.id, name);
  auto other = names_.find({&parent, name});
  if (other != names_.end()) unlink_locked(*other->second.node, parent, name);
  Name* held;
  if (!node.name.parent) {
    held = &node.name;
  } else {
    held = add_further(node);
  }
  held->parent = &parent, held->name = name, held->record = record;
  parent.pins++;
  names_[{&parent, held->name}] = {&node, held};
}

void NodeTable::unlink_locked(Node& node, const Node& parent, std::string_view name) {
  Node* dropped = nullptr;
  NameRecord* record = nullptr;
  std::string wanted(name);  // may view the very string that is erased
  name = wanted;
  if (node.name.parent == &parent && node.name.name == name) {
    dropped = node.name.parent;
    record = node.name.record;
    names_.erase({&parent, node.name.name});
    node.name = Name();
    if (!node.more.empty()) {
      // The first further name moves into the place; its key views the string, so it is entered anew.
      Name& next = node.more.front();
      names_.erase({next.parent, next.name});
      node.name = std::move(next);
      node.more.pop_front();
      names_[{node.name.parent, node.name.name}] = {&node, &node.name};
    }
  } else if (auto found = names_.find({&parent, name}); found != names_.end() && found->second.node == &node) {
    Name& further = *found->second.name;
    dropped = further.parent;
    record = further.record;
    names_.erase(found);
    node.more.erase(further.self);
  }
  if (dropped) {
    memory_.drop(record);
    dropped->pins--;
    reap_locked(dropped);
  }
}

void NodeTable::reap_locked(Node* node) {
  while (node && !node->lookups && !node->pins && !node->root && !node->lasting) {
    Node* parent = node->name.parent;
    memory_.drop(node->record);   // its names mean nothing without it
    if (parent) {
      names_.erase({parent, node->name.name});
      memory_.drop(node->name.record);
      parent->pins--;
    }
    for (Name& name : node->more) {
      names_.erase({name.parent, name.name});
      memory_.drop(name.record);
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
  if (found != names_.end() && found->second.node == &node) return;
  link_locked(node, parent, name);
}

void NodeTable::drop_name(Node& node, const Node& parent, std::string_view name) {
  std::lock_guard held(lock_);
  unlink_locked(node, parent, name);
}

void NodeTable::move_name(Node& node, const Node& parent, std::string_view name, Node& to, std::string_view to_name) {
  std::lock_guard held(lock_);
  std::string target(to_name);  // may view a string that goes away with the old name
  std::string source(name);
  node.pins++;
  to.pins++;
  link_locked(node, to, target);
  unlink_locked(node, parent, source);
  to.pins--;
  node.pins--;
}

void NodeTable::take_names(Node& from, Node& to) {
  std::lock_guard held(lock_);
  while (from.name.parent) {
    Name name = from.name;   // a copy: the string goes away with the old name
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
  note_hard(node);
}

void NodeTable::move_hard(Node& from, Node& to) {
  std::lock_guard held(lock_);
  to.hard_dev = from.hard_dev, to.hard_ino = from.hard_ino;
  to.hard_dev2 = from.hard_dev2, to.hard_ino2 = from.hard_ino2;
  if (to.hard_ino) hard_[{to.hard_dev, to.hard_ino}] = &to;
  if (to.hard_ino2) hard_[{to.hard_dev2, to.hard_ino2}] = &to;
  from.hard_ino = from.hard_ino2 = 0;
  note_hard(to);
  note_hard(from);
}

void NodeTable::remember(Node& node) {
  std::lock_guard held(lock_);
  node.lookups++;
  node.asked_for = true;
  if (!node.root) node.record->lookups = node.lookups;
}

void NodeTable::forget(uint64_t id, uint64_t count) {
  std::lock_guard held(lock_);
  uint32_t slot = uint32_t(id);
  Node* node = slot < slots_.size() ? slots_[slot] : nullptr;
  if (!node || node->id != id) return;
  if (node->root) return;
  node->lookups -= count < node->lookups ? count : node->lookups;
  node->record->lookups = node->lookups;
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

void NodeTable::give_memory_back() {
  std::lock_guard held(lock_);
  memory_.shrink();
  // Tables keep the room of their best days.
  if (names_.bucket_count() > 64 && names_.size() * 8 < names_.bucket_count()) names_.rehash(0);
  while (slots_.size() > 2 && !slots_.back()) {
    first_generation_ = std::max(first_generation_, generations_.back() + 1);
    slots_.pop_back();
    generations_.pop_back();
  }
  std::erase_if(free_, [&](uint32_t slot) { return slot >= slots_.size(); });
  free_.shrink_to_fit();
}

void NodeTable::unused(size_t looks, std::vector<uint64_t>& found) {
  std::lock_guard held(lock_);
  for (looks = std::min(looks, slots_.size()); looks-- > 0; hand_++) {
    if (hand_ >= slots_.size()) hand_ = 2;
    Node* node = hand_ < slots_.size() ? slots_[hand_] : nullptr;
    if (!node || node->pins || !node->lookups || node->lasting) continue;
    if (node->asked_for) node->asked_for = false;
    else found.push_back(node->id);
  }
}

size_t NodeTable::places() {
  std::lock_guard held(lock_);
  return slots_.size();
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

Node& NodeTable::restore_node(NodeRecord& record) {
  Node* node = new Node;
  node->record = &record;
  node->id = record.id;
  node->ino = record.ino;
  node->lookups = record.lookups;
  node->kind = NodeKind(record.kind);
  node->mapped = record.mapped, node->lasting = record.lasting;
  node->layer = record.layer;
  node->type = record.type;
  node->extra_links = record.extra_links;
  node->hard_dev = record.hard_dev, node->hard_ino = record.hard_ino;
  node->hard_dev2 = record.hard_dev2, node->hard_ino2 = record.hard_ino2;
  if (node->hard_ino) hard_[{node->hard_dev, node->hard_ino}] = node;
  if (node->hard_ino2) hard_[{node->hard_dev2, node->hard_ino2}] = node;
  if (record.nameless) node->nameless = Fd(record.nameless);
  if (record.opens) {
    node->open = std::make_unique<OpenFile>();
    node->open->opens = record.opens, node->open->writers = record.writers;
    node->open->mappable = record.writers;   // it may have been
    node->open->backing = record.backing, node->open->stale = record.stale;
    if (record.object) node->open->object = Fd(record.object);
    node->pins++;
  }
  if (node->mapped) node->pins++;
  node->pushed = true;   // somebody may be reading it
  uint32_t slot = uint32_t(node->id);
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  slots_[slot] = node;
  count_++;
  made_nodes++;
  return *node;
}

void NodeTable::restore_name(NameRecord& record) {
  auto by_id = [&](uint64_t id) {
    Node* node = uint32_t(id) < slots_.size() ? slots_[uint32_t(id)] : nullptr;
    return node && node->id == id ? node : nullptr;
  };
  Node* node = by_id(record.node);
  Node* parent = by_id(record.parent);
  if (!node || !parent) return memory_.drop(&record);
  std::string_view name(record.text, record.size);
  auto other = names_.find({parent, name});
  if (other != names_.end()) unlink_locked(*other->second.node, *parent, name);
  Name* held = node->name.parent ? add_further(*node) : &node->name;
  held->parent = parent, held->name = name, held->record = &record;
  parent->pins++;
  names_[{parent, held->name}] = {node, held};
}

void NodeTable::restore() {
  std::lock_guard held(lock_);
  first_generation_ = memory_.header().generation + 1;
  std::vector<Node*> made;
  memory_.each_node([&](NodeRecord& record) { made.push_back(&restore_node(record)); });
  std::vector<NameRecord*> names;
  memory_.each_name([&](NameRecord& record) { names.push_back(&record); });
  std::ranges::sort(names, {}, &NameRecord::order);
  for (Node* node : made) node->pins++;   // a name taken over by another node must not end the first one yet
  for (NameRecord* record : names) restore_name(*record);
  for (Node* node : made) {
    node->pins--;
    uint64_t next = node->record->successor;
    if (!next || uint32_t(next) >= slots_.size() || !slots_[uint32_t(next)] || slots_[uint32_t(next)]->id != next) continue;
    node->successor = slots_[uint32_t(next)];
    node->successor->pins++;
  }
  generations_.assign(slots_.size(), first_generation_ - 1);
  for (uint32_t slot = 2; slot < slots_.size(); slot++)
    if (!slots_[slot]) free_.push_back(slot);
}

void NodeTable::reap_all() {
  std::lock_guard held(lock_);
  for (size_t slot = 2; slot < slots_.size(); slot++)
    if (slots_[slot]) reap_locked(slots_[slot]);
}
