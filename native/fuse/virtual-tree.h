// What a view shows beside its layers: injected and shared files, dynamic links, masks, aliases, mount points.
//
// A tree of names from the view's root. It is made at mount time and never changes, so it needs no lock.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/mount-options.h"

enum class VirtualKind : unsigned char { directory, injected, shared, link };

struct VirtualEntry {
  VirtualKind kind = VirtualKind::directory;
  bool forced = false;      // shown even where no layer has it
  bool masked = false;      // a directory whose contents in the layers below are not shown
  uint64_t ino = 0;
  std::string value;        // host file of an injected or shared file; stored target of a link
  std::map<std::string, std::unique_ptr<VirtualEntry>, std::less<>> children;
  std::vector<Alias> aliases;

  const VirtualEntry* child(std::string_view name) const;
  bool is_file() const { return kind != VirtualKind::directory; }
  // Something of the view hangs on this very path: it is neither removed nor renamed.
  bool pinned() const { return forced || masked || is_file() || !children.empty() || !aliases.empty(); }

  // The name in the layers of what the view shows as `shown`, and back.
  std::string_view stored_name(std::string_view shown) const;
  std::string_view shown_name(std::string_view stored) const;
};

// Throws Failure EINVAL for a path that isn't absolute or that runs through a file.
std::unique_ptr<VirtualEntry> make_virtual_tree(const MountOptions& options);
