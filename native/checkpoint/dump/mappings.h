// /proc/PID/maps, and the flags that only smaps tells.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

struct Mapping {
  uint64_t start = 0, end = 0, offset = 0;
  int prot = 0;
  bool shared = false;
  dev_t dev = 0;
  ino_t ino = 0;
  std::string path;    // without " (deleted)"
  bool deleted = false;
  std::string flags;   // VmFlags: two letters and a blank each; "" until read
  uint32_t kind = 0;   // VMA_*, once classified
  uint32_t file_id = 0;
  uint64_t file_offset = 0; // in that file, once classified
  int parent = -1;     // index of the parent image whose pages file is mapped here, -1 = none
  bool skipped = false; // no part of the image
  uint64_t huge_page = 0;   // the size of its pages where they are explicit huge ones
  bool uninherited = false; // MADV_DONTFORK: not in a frozen copy
  uint64_t size() const { return end - start; }
  bool special() const { return !path.empty() && path[0] == '['; }
  bool has_flag(const char *two_letters) const;
};

std::vector<Mapping> read_mappings(pid_t pid);
// Pages of address space, all mappings together: far less to read than they are.
uint64_t mapped_pages(pid_t pid);
// Walks every page table entry on the way (7 ms for a GiB): never of a process that waits frozen for it.
void read_flags(pid_t pid, std::vector<Mapping> &mappings);
