// The AID's table of ports: what the application asked for, by what it was given. FIG. 5, step 266.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "shared/table.h"

class PortTable {
 public:
  explicit PortTable(const std::string &path); // "" = none
  ~PortTable();
  PortTable(const PortTable &) = delete;
  PortTable &operator=(const PortTable &) = delete;
  const table_port *by_system_port(int type, uint16_t port) const; // nullptr: not translated

  // Takes the AID's tag off an abstract name (its first zero not counted); false: it has none.
  bool strip_tag(std::string &name) const;
  // The same for the name of a message queue, which is never shortened.
  bool strip_name_tag(std::string &name) const;
  // The system's names of message queues that were ever made (shared/queue-names.h).
  std::vector<std::string> queue_names() const;

 private:
  const table *table_ = nullptr;
};
