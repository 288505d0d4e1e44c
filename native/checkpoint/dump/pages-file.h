// The image's memory file: sparse, one area an extent, pages at their place.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/dump/descriptor.h"

class HeldLocks;

constexpr uint64_t page_size = 4096;

// Pages of a frozen process that go to a place in the file.
struct PageCopy {
  uint64_t address, length, offset;
};

class PagesFile {
 public:
  PagesFile(int directory, const std::string &name);
  // Room for length bytes that stood at address; big areas keep the address's place in a huge page.
  uint64_t allocate(uint64_t address, uint64_t length);
  void give_back(uint64_t length) { next_ = length; } // everything allocated since length() was this
  void write(uint64_t offset, const void *data, uint64_t length); // zero pages stay holes
  // held: also looked through for locks; nullptr = not.
  void copy_process(pid_t pid, const std::vector<PageCopy> &copies, HeldLocks *held);
  void finish(); // gives the file its full length
  uint64_t length() const { return next_; }
  uint64_t pages_written() const { return written_; }

 private:
  void copy_part(pid_t pid, int memory, const PageCopy &part, char *buffer, HeldLocks *held);
  std::string name_;
  Descriptor file_;
  uint64_t next_ = 0;
  std::atomic<uint64_t> written_{0};
};
