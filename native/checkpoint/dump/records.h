// The records of an image (FIG. 7: resource name size, resource descriptor size, resource type, name, data).
#pragma once
#include <cstdint>
#include <string>

#include "shared/image.h"

class Records {
 public:
  void add(record_type type, uint32_t id, const std::string &name, const std::string &data);
  template <typename Structure>
  void add(record_type type, uint32_t id, const std::string &name, const Structure &structure) {
    add(type, id, name, bytes_of(structure));
  }
  template <typename Structure>
  static std::string bytes_of(const Structure &structure) {
    return std::string(reinterpret_cast<const char *>(&structure), sizeof structure);
  }
  void append(const Records &other);
  const std::string &bytes() const { return bytes_; }
  uint32_t count() const { return count_; }
  uint32_t resources() const { return resources_; } // what is not bookkeeping: the resources an application would name

 private:
  std::string bytes_;
  uint32_t count_ = 0, resources_ = 0;
};

inline void pad_to_8(std::string &bytes) { bytes.append((8 - bytes.size() % 8) % 8, '\0'); }
