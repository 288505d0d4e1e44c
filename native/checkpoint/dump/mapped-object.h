// Ways to what is mapped that take no privilege. /proc/PID/map_files leads to every mapped object, but only those with rights over
// the whole machine may follow it; others open the file by its name, or by a descriptor that somebody has of it, and
// make a copy of what nobody can open any more.
#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "checkpoint/dump/instance.h"

class MappedObjects {
 public:
  explicit MappedObjects(const Instance &instance) : instance_(instance) {}
  // A path below /proc that opens the object: the same one for all its mappings.
  std::string path(const Process &process, const Mapping &mapping);

 private:
  std::string find_named(const Mapping &mapping);
  std::string find_descriptor(const Mapping &mapping) const;
  std::string copy(const Process &process, const Mapping &mapping);
  std::string hold(Descriptor file);
  const Instance &instance_;
  std::map<std::tuple<dev_t, ino_t, bool>, std::string> known_;
  std::vector<Descriptor> held_;
};

// The memory at `at` of this very process as a file of its own, with holes where nothing was ever written.
Descriptor copy_own_memory(const char *at, uint64_t length);
