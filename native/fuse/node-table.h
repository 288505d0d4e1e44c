// The nodes of one view: by number, by name, and by inode for hard links.
//
// Lock order: the view's tree lock comes before this table's own, which is held only within these functions.
#pragma once
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "fuse/node.h"
#include "fuse/view-memory.h"

class NodeTable;

// A node that stays while this is held: a forget may come between finding a node and counting it for the kernel.
class HeldNode {
 public:
  HeldNode() = default;
  HeldNode(NodeTable& table, Node* node) : table_(&table), node_(node) {}  // takes over a pin
  HeldNode(HeldNode&& other) noexcept : table_(other.table_), node_(std::exchange(other.node_, nullptr)) {}
  HeldNode& operator=(HeldNode&& other) noexcept;
  ~HeldNode();
  Node& operator*() const { return *node_; }
  Node* operator->() const { return node_; }
  explicit operator bool() const { return node_; }

 private:
  NodeTable* table_ = nullptr;
  Node* node_ = nullptr;
};

class NodeTable {
 public:
  explicit NodeTable(ViewMemory& memory);
  ~NodeTable();
  NodeTable(const NodeTable&) = delete;

  Node& root() { return *slots_[1]; }
  Node* find(uint64_t id);
  HeldNode find(const Node& parent, std::string_view name);
  HeldNode find_hard(uint64_t dev, uint64_t ino);

  // A new node, with a name when `parent` is given. It is freed when nothing holds it any more.
  HeldNode make(Node* parent, std::string_view name);
  void add_name(Node& node, Node& parent, std::string_view name);
  void drop_name(Node& node, const Node& parent, std::string_view name);
  void move_name(Node& node, const Node& parent, std::string_view name, Node& to, std::string_view to_name);
  // All names of `from` become those of `to`.
  void take_names(Node& from, Node& to);
  void index_hard(Node& node, uint64_t dev, uint64_t ino);
  void move_hard(Node& from, Node& to);

  void remember(Node& node);                   // the kernel gets one more reference
  void forget(uint64_t id, uint64_t count);    // the kernel gave some back
  void pin(Node& node);
  void unpin(Node& node);

  // Makes the nodes that a killed server wrote down, and says which are directories and need their branches found.
  void restore();
  // After a restore: what neither the kernel nor another node holds goes.
  void reap_all();
  void give_memory_back();

  void each(const std::function<void(Node&)>& visit);
  size_t size();
  // Goes on from where it stopped through at most `looks` places, and adds those nodes that only the kernel holds, and that
  // nobody asked for since it was there last.
  void unused(size_t looks, std::vector<uint64_t>& found);
  size_t places();
  // Nodes of all tables: how many there are, and how many were freed so far, which tells when memory is worth giving back.
  static uint64_t living();
  static uint64_t freed();

 private:
  struct Key {
    const Node* parent;
    std::string_view name;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& k) const {
      return std::hash<std::string_view>{}(k.name) ^ (uintptr_t(k.parent) >> 4) * 0x9e3779b97f4a7c15ull;
    }
  };
  struct HardKey {
    uint64_t dev, ino;
    bool operator==(const HardKey&) const = default;
  };
  struct HardHash {
    size_t operator()(const HardKey& k) const { return (k.ino ^ k.dev << 40) * 0x9e3779b97f4a7c15ull; }
  };
  void link_locked(Node& node, Node& parent, std::string_view name);
  void unlink_locked(Node& node, const Node& parent, std::string_view name);
  void reap_locked(Node* node);

  Node& restore_node(NodeRecord& record);
  void restore_name(NameRecord& record);

  ViewMemory& memory_;
  std::mutex lock_;
  std::deque<Node*> slots_;           // by the low half of the id; the high half counts how often a slot was used again
  std::deque<uint32_t> generations_;
  uint32_t first_generation_ = 0;   // above all that killed servers gave
  std::vector<uint32_t> free_;
  struct Named {
    Node* node;
    Name* name;
  };
  std::unordered_map<Key, Named, KeyHash> names_;
  std::unordered_map<HardKey, Node*, HardHash> hard_;
  size_t count_ = 0;
  size_t hand_ = 2;                   // of unused(), in slots_
};
