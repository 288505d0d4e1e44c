// Which pages of files are dirtied, as the kernel's own tracepoints tell it: two small BPF programs set bits in a map that this
// process has mapped.
//
// `writeback_dirty_folio` fires when a clean page becomes dirty, not when a dirty one is written again, nor for a store through a
// mapping whose page is writable already. So whoever wants to know what changes from now on takes what is noted, calls settle(),
// makes every page of the file clean (writing back also protects mapped pages against writes), and only then reads the file.
// `iomap_dio_complete` tells of what bypasses the page cache.
#pragma once
#include <memory>
#include <vector>

#include "fuse/bpf.h"
#include "fuse/ranges.h"

class DirtyLog {
 public:
  struct Watched {
    uint32_t dev_major, dev_minor;
    uint64_t ino, size;
  };
  // Throws Failure where the machine has none. Nothing is missed from its return on.
  explicit DirtyLog(const std::vector<Watched>& files);
  ~DirtyLog();
  DirtyLog(const DirtyLog&) = delete;

  // What was dirtied since it was last taken, in whole pages; direct reads count too. The file by its place in the list.
  Ranges take(size_t file);
  uint64_t bytes(size_t file) const;   // of what take() would tell; no more than an estimate
  // Something may be missing from what was told.
  bool lost() const;

  // Returns when all that is noted so far has taken effect in the page cache: an event comes an instant before its page can be
  // found among the dirty ones. Throws Failure.
  static void settle();

 private:
  // Of the map's elements: the first of a file's holds marks about the whole of it, the others a bit for each page.
  struct Place {
    uint32_t first, elements;
  };
  uint64_t* element(uint32_t number) const { return bits_ + size_t(number) * words; }

  static constexpr uint32_t words = 512;

  Fd watched_, bits_map_;
  uint64_t* bits_ = nullptr;
  size_t length_ = 0;
  std::vector<Place> places_;
  std::vector<bpf::Attached> programs_;
};
