// Shared memory objects: anonymous, memfd, SysV. Written while everything stands still, since a copy of a process shares them.
#pragma once
#include <map>
#include <utility>

#include "checkpoint/dump/instance.h"
#include "checkpoint/dump/pagemap.h"
#include "checkpoint/dump/pages-file.h"
#include "checkpoint/dump/records.h"

class SharedMemory {
 public:
  SharedMemory(PagesFile &pages, Records &records) : pages_(pages), records_(records) {}
  // path: an open magic link below /proc (PID/map_files/..., PID/fd/N) to the object. Returns its RECORD_SHMEM id.
  uint32_t object(const std::string &path, const std::string &name);
  bool holds(dev_t dev, ino_t ino) const { return known_.contains({dev, ino}); }

 private:
  std::string save_contents(int file, uint64_t size, uint32_t &count);
  std::string save_huge(int file, uint64_t size, uint64_t huge_page, uint32_t &count);
  PagesFile &pages_;
  Records &records_;
  std::map<std::pair<dev_t, ino_t>, uint32_t> known_;
};
