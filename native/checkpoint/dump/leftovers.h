// What the restorer leaves in the memory of a process that it has made: no part of the application.
#pragma once
#include <string>

#include "checkpoint/dump/instance.h"

class Leftovers {
 public:
  explicit Leftovers(pid_t init) : init_(init) {}
  // Refuses other memory where clones are restored from.
  bool holds(const Process &process, const Mapping &mapping);

 private:
  bool is_inits(const Process &process, uint64_t page, std::string &of_init);
  pid_t init_;
  std::string head_, leave_; // the first page of the restorer, and that at LEAVE_AT, as the init has them; "" until asked for
};
