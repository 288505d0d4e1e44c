// Descriptors of directories in recent use, so that a name is resolved with one call instead of a walk. Shared by all
// views; small, since descriptors are scarce. An upper directory's descriptor follows it through renames.
#pragma once
#include <cstdint>
#include <memory>

#include "fuse/fd.h"

namespace dir_cache {

struct Key {
  uint64_t view, node;
  uint16_t layer;
  bool operator==(const Key&) const = default;
};

std::shared_ptr<Fd> get(const Key& key);
// `brief`: a directory others may move; it is kept for a second only.
void put(const Key& key, std::shared_ptr<Fd> fd, bool brief);
void drop_node(uint64_t view, uint64_t node);
void drop_view(uint64_t view);

}  // namespace dir_cache
