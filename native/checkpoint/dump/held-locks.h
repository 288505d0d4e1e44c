// Words of memory that hold a thread's system id: owners of mutexes that are compared with it (recursive, error-checking, priority-inheriting
// ones) and writers of read-write locks. glibc keeps no list of them, so memory is looked through, and what has the
// shape of a lock that one of the process's threads holds is recorded. For the preload mechanism, where a clone's threads have other ids.
#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "checkpoint/dump/instance.h"

class HeldLocks {
 public:
  explicit HeldLocks(const Process &process); // looks for its threads' ids
  // Bytes that stand at address in the memory of `from`, the process or its frozen copy. May be called by several threads at once.
  void look(pid_t from, uint64_t address, const char *bytes, size_t size);
  // What it shares with others, as far as that isn't large: to be called while all stand still.
  void look_at_shared(const Process &process);
  std::string record() const; // struct image_held[]

 private:
  void consider(pid_t from, uint64_t address, pid_t system);
  std::vector<std::pair<pid_t, pid_t>> threads_; // system, virtual
  uint32_t lowest_, span_;
  std::mutex mutex_;
  std::vector<image_held> found_;
};
