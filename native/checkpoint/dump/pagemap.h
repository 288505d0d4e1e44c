// Which pages of a process hold contents of its own: present or swapped, not the zero page, not a file's.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "checkpoint/dump/descriptor.h"

struct PageRun {
  uint64_t start, end;
};

class Pagemap {
 public:
  explicit Pagemap(pid_t pid);
  std::vector<PageRun> own_pages(uint64_t start, uint64_t end) const;

 private:
  bool scan(uint64_t start, uint64_t end, std::vector<PageRun> &out) const;
  void read_entries(uint64_t start, uint64_t end, std::vector<PageRun> &out) const;
  pid_t pid_;
  Descriptor file_;
};
