// What is being done to the upper of a view right now: written down before the first step and struck out after the
// last, so that a new server finds the steps in between and goes on from there, or takes them back.
//
// All such work is done with the view's tree lock held exclusively: there is one of each at a time.
#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

// An operation on names that the kernel asked for.
struct OpIntent {
  enum Kind : uint32_t { none, create, remove, rename, exchange, link };
  std::atomic<uint32_t> kind;
  uint64_t unique;           // of the request
  uint64_t dir, dir2;        // nodes of the directories: the second for the new name of a rename
  uint64_t node, node2;      // what is removed or moved or was made; what is replaced
  uint64_t dev, ino;         // of the object in the upper that is moved or linked
  uint32_t flags;            // for renameat2
  bool directory, in_upper, below, covered, count_link;
  char name[256], name2[256];  // as stored
};

// Something of a lower layer being put into the upper.
struct CopyIntent {
  enum Kind : uint32_t { none, made_in_place, placed_whole };
  std::atomic<uint32_t> kind;
  uint64_t parent, node;
  bool directory;
  char name[256];
};

inline void set_name(char (&to)[256], std::string_view name) {
  size_t size = name.size() < sizeof to ? name.size() : sizeof to - 1;
  memcpy(to, name.data(), size);
  to[size] = 0;
}

// Struck out at the end of the scope, however it is left: a failure has taken back its steps by then.
template <typename Intent>
class Standing {
 public:
  Standing(Intent& intent, uint32_t kind) : intent_(&intent) { intent.kind = kind; }
  Standing(const Standing&) = delete;
  ~Standing() { intent_->kind = Intent::none; }

 private:
  Intent* intent_;
};
