// What the daemon asks for when it mounts a view.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "fuse/control-line.h"

struct PathValue {
  std::string path, value;
};
struct Alias {
  std::string parent, literal, shown;
};

struct MountOptions {
  std::string aid, at, upper;
  std::vector<std::string> layers;  // top first
  std::vector<std::string> masks;
  std::vector<PathValue> injected, shared, links;
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<Alias> aliases;
  bool live = false;
};

// Throws Failure EINVAL naming the field that can't be read.
MountOptions parse_mount_options(const Fields& fields);
