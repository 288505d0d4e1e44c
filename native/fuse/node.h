// One file, directory or link that the kernel knows of in a view.
#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "fuse/fd.h"
#include "fuse/layer-names.h"
#include "fuse/records.h"
#include "fuse/virtual-tree.h"

// Layers are numbered from the bottom, so that a new upper on top renumbers nothing.
using LayerNumber = uint16_t;

// A directory in one of the layers it is merged from.
struct Branch {
  LayerNumber layer = 0;
  bool impure = false;  // some of its entries carry an inode number of their own in an attribute
  // Path from the layer's root when it isn't the parent's branch plus the name (a renamed directory's lower part).
  std::unique_ptr<std::string> path;
  mutable const LayerNames* names = nullptr;   // see View::names_in
};

struct Node;

struct Name {
  Node* parent = nullptr;
  std::string name;  // as stored in the layers
  NameRecord* record = nullptr;
  std::list<Name>::iterator self{};   // of a further name: where it is in the list of them
};

// An open regular file. The kernel wants one backing file for all opens of a node, so opens share it.
struct OpenFile {
  uint32_t opens = 0;
  uint32_t writers = 0;
  bool mappable = false; // opened for reading and writing: a shared mapping takes both
  int32_t backing = 0;   // 0: reads and writes come to this server
  // Whether it may change without the kernel's knowing: its own writes drop what it believes of a file, but stores through a
  // mapping of what is backed don't. (Whoever opens a file for writing alone can't map it.)
  bool changes_unseen() const { return writers && (mappable || !backing); }
  bool stale = false;    // copied up since: what is backed is no longer what the node holds
  Fd object;             // O_PATH of what is backed
  std::shared_ptr<Fd> reader, writer;  // for the plain path, opened when first needed
};

enum class NodeKind : uint8_t { stored, injected, shared, link };

struct Node {
  uint64_t id = 0;
  uint64_t ino = 0;
  uint64_t lookups = 0;       // what the kernel holds, less what it gave back
  uint32_t pins = 0;          // children, opens and successors that need this node to stay
  NodeKind kind = NodeKind::stored;
  bool small = false;         // of few bytes, and read more often than written: see open-files.cc
  bool pushed = false;        // the kernel was given its contents once
  bool read_before = false;   // was opened for reading alone since it was opened for writing
  uint32_t in_question = 0;   // closings by writers after which it isn't known yet whether it is mapped
  // Until when the kernel believes its attributes and has had no reason to ask for them again; see clock_ns().
  std::atomic<int64_t> told_until{0};
  // Of what others change meanwhile, see live-files.cc: what the kernel was told last, and what it may have cached. 0 = unknown.
  std::atomic<uint64_t> told_state{0}, cached_state{0}, listed{0};
  bool mapped = false;        // a writable shared mapping outlived its descriptors
  bool lasting = false;       // kept until the view ends: another name may still lead here
  LayerNumber layer = 0;      // where it lies; of a directory its topmost branch
  uint32_t type = 0;          // S_IFMT bits
  int32_t extra_links = 0;    // shown links less those of the object: names below that are not in the upper yet
  Name name;                  // first name; without a parent: the root, or nameless
  std::list<Name> more;       // further hard links seen
  std::vector<Branch> branches;           // directories: topmost first
  std::unique_ptr<std::string> redirect;  // directories: path in the layers below the upper, when renamed
  const VirtualEntry* virtuals = nullptr;
  uint64_t hard_dev = 0, hard_ino = 0;    // key in the hard link index, 0 when not in it
  uint64_t hard_dev2 = 0, hard_ino2 = 0;  // a second key: the lower file it was copied from
  std::unique_ptr<OpenFile> open;
  Fd nameless;                // O_PATH of an object whose last name is gone; a name found later goes before it
  Node* successor = nullptr;  // the node that took this one's names, see open.cc
  bool root = false;
  bool asked_for = false;     // since the clock hand of NodeTable::unused was here last
  NodeRecord* record = nullptr;

  bool is_dir() const { return type == 0040000; }
  // Whether this very object is known to be the node's, whatever number it has.
  bool stands_for(uint64_t dev, uint64_t object) const { return (hard_ino == object && hard_dev == dev) || (hard_ino2 == object && hard_dev2 == dev); }
  bool has_branch(LayerNumber number) const { return !branches.empty() && branches.front().layer == number; }

  // Writes down what only changes under the view's exclusive tree lock, or before anybody else knows of the node.
  void note();
  // The descriptor is written down as long as it is open.
  void hold_nameless(Fd object);
  void drop_nameless();
  void note_mapped(bool now);
};
