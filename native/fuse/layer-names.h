// What names a sealed layer has, kept in memory: a name is looked for in every layer of a directory, and most of a deep stack (an instance that
// is committed again and again has one more each time) have few names and not this one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fuse/fd.h"

struct LayerNames {
  struct Entry {
    uint8_t type = 0;                         // DT_*; a whiteout is a device
    std::unique_ptr<LayerNames> directory;    // what is in it
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  bool impure = false, opaque = false;        // marks of the directory itself
  std::string redirect;
  int64_t changed_s = 0;                      // its change time
  uint32_t changed_ns = 0;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;

  const Entry* find(std::string_view name) const;
  const LayerNames* at(std::string_view path) const;   // "a/b", "" for itself; null: no such directory
};

// Layers of more entries are looked into as before: this is memory of the server.
inline constexpr size_t most_names = 512;

// Null when there are more than most_names, or when it can't be read.
std::unique_ptr<LayerNames> read_names(const Fd& root);
// Whether no directory was changed since: a layer never is, but by another hand.
bool names_hold(const LayerNames& names, const Fd& root);
