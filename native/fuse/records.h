// The nodes of one view as they are written down for the next server, see durable.h.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

// What a new server can't find again on disk. Directories' branches it can.
struct NodeRecord {
  std::atomic<uint64_t> id;   // 0: free. Written last.
  uint64_t lookups, ino, successor;
  uint64_t hard_dev, hard_ino, hard_dev2, hard_ino2;
  uint32_t type;
  int32_t extra_links;
  uint32_t opens, writers;
  int32_t backing, object, nameless;   // descriptors: 0 for none
  uint16_t layer;
  uint8_t kind;
  uint8_t mapped, lasting, stale;
  uint8_t unused[6];
  uint64_t kept_by;                    // the open directory whose listing the kernel keeps
};
static_assert(sizeof(NodeRecord) == 112);

struct NameRecord {
  std::atomic<uint64_t> node;   // 0: free. Written last.
  uint64_t parent;
  uint32_t order;               // of two records of one name, the one made later holds
  uint16_t size;
  char text[];
};
