// Ways to what is mapped that take no privilege. /proc/PID/map_files leads to every mapped object, but only those with rights over
// the whole machine may follow it; others open the file by its name, or by a descriptor that somebody has of it, and
// make a copy of what nobody can open any more.
#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "checkpoint/dump/instance.h"
#include "checkpoint/dump/options.h"

class MappedObjects {
 public:
  MappedObjects(const Instance &instance, const Options &options) : instance_(instance), options_(options) {}
  // A path below /proc that opens the object: the same one for all its mappings. The mapping's own path becomes the host's where
  // that is where the file lies.
  std::string path(const Process &process, Mapping &mapping);

 private:
  std::string find_named(Mapping &mapping);
  std::string find_descriptor(const Mapping &mapping) const;
  std::string copy(const Process &process, const Mapping &mapping);
  std::string hold(Descriptor file);
  const Instance &instance_;
  const Options &options_;
  struct Known {
    std::string way, name;
  };
  std::map<std::tuple<dev_t, ino_t, bool>, Known> known_;
  std::vector<Descriptor> held_;
};

// The memory at `at` of this very process as a file of its own, with holes where nothing was ever written.
Descriptor copy_own_memory(const char *at, uint64_t length);
