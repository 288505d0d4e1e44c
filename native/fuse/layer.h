// One directory tree that views are made of. Shared by all views that have it: descriptors are scarce.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "fuse/fd.h"
#include "fuse/layer-names.h"
#include "fuse/syscalls.h"

struct Layer {
  Fd root;          // everything is reached from here; a read-only mount of its own when the layer is sealed
  Fd directory;     // the directory as the host knows it: says where it lies today, even after a rename
  uint64_t dev = 0;
  bool live = false;     // others may change it
  bool crossing = false; // shows the file systems mounted below it
  bool on_overlay = false; // overlayfs: a file's writers and mappings are known to the file below it alone

  std::string host_path() const;
  // Read when it is first asked for; null where it can't be kept. Of a sealed layer alone.
  const LayerNames* names();
  // To be called before a view begins to use it: names that another hand has changed are not used any more.
  void look_at_names();

 private:
  std::mutex names_lock_;
  std::unique_ptr<LayerNames> names_;
  bool names_read_ = false, names_hold_ = true;
};

// A layer for reading. Throws Failure.
std::shared_ptr<Layer> open_layer(const std::string& path, bool live);
// A layer that a killed server had open. An upper isn't shared with other views.
std::shared_ptr<Layer> adopt_layer(int root, int directory, bool live, bool crossing, bool upper);
// The upper of a view. It is reached through the host's own mount: a rename from one upper to the next is EXDEV otherwise.
std::shared_ptr<Layer> open_upper(const std::string& path);
