// The memory of one view that outlives the server: what it is made of, what is under way, and its nodes.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/fd.h"
#include "fuse/intents.h"
#include "fuse/records.h"

struct ViewHeader {
  enum State : uint32_t { making, attaching, attached, ending };
  static constexpr uint32_t most_layers = 1024, most_options = 200 << 10;
  struct LayerFds {
    int32_t root, directory;
    uint8_t live, crossing;
  };
  struct Stack {
    uint32_t count;
    LayerFds layers[most_layers];
  };

  std::atomic<uint32_t> state;
  int32_t device;
  uint32_t passthrough, writable;
  uint64_t mount_dev;                 // the device of the mount, which tells it from others in its place; 0: not known
  uint64_t root_ino, base_dev;
  std::atomic<uint32_t> generation;   // the highest a node number was given
  std::atomic<uint32_t> name_order;
  std::atomic<int32_t> highest_backing;
  std::atomic<uint64_t> next_listing;
  uint64_t root_kept_by;              // as NodeRecord::kept_by
  OpIntent op;
  CopyIntent copy;
  std::atomic<uint32_t> sealing;      // a new upper is being filled, and doesn't count yet
  int32_t new_root;                   // its descriptor
  std::atomic<uint32_t> current;      // which of the stacks of layers holds
  Stack stacks[2];
  uint32_t options_size;
  char options[most_options];         // the fields of the mount verb, as a control line
};

class ViewMemory {
 public:
  ViewMemory();                 // a new view's; throws Failure
  explicit ViewMemory(int fd);  // of a view that a killed server had; throws Failure
  ~ViewMemory();
  ViewMemory(const ViewMemory&) = delete;

  ViewHeader& header() const { return *header_; }
  int number() const { return number_; }
  int fd() const { return fd_; }

  // Not locked: the node table's lock is held, or nothing else runs yet.
  NodeRecord* make_node();
  NameRecord* make_name(uint64_t node, uint64_t parent, std::string_view name);
  void drop(NodeRecord* record);
  void drop(NameRecord* record);
  // Gives pages without records back to the system.
  void shrink();

  void each_node(const std::function<void(NodeRecord&)>& visit);
  void each_name(const std::function<void(NameRecord&)>& visit);

 private:
  struct Chunk;
  void map(int fd);
  void* take(uint8_t which);
  void give(void* record);
  void find_free();
  Chunk* chunk(uint32_t number) const;

  ViewHeader* header_ = nullptr;
  int fd_ = -1;
  int number_ = -1;                        // index in the shared list of views
  uint32_t chunks_ = 0;
  std::vector<uint16_t> used_;             // records in use, by chunk
  std::vector<uint8_t> class_;             // size class, by chunk
  std::vector<uint32_t> empty_;            // chunks of no size class
  std::vector<uint32_t> free_[3];          // places for records, by size class
};
