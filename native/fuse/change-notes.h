// What this server itself changes in files that are being copied ahead of a seal: see pre-copy.h.
//
// Sizes and holes are only ever changed by this server, whatever passes through, and pages that go away with them make none of
// the kernel's events.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <tuple>

#include "fuse/ranges.h"
#include "fuse/syscalls.h"

class ChangeNotes {
 public:
  using File = std::tuple<uint32_t, uint32_t, uint64_t>;   // device and inode below
  static File file_of(const Stat& st) { return {st.stx_dev_major, st.stx_dev_minor, st.stx_ino}; }

  void watch(const File& file);
  void clear();
  Ranges take(const File& file);
  uint64_t bytes(const File& file, uint64_t size);

  // Once something was done to what `fd` stands for, well or badly, and before its asker is told.
  void changed(int fd, uint64_t start, uint64_t end);
  void allocated(int fd, int mode, uint64_t offset, uint64_t length);

 private:
  static constexpr size_t most_ranges = 65536;   // of one file: more, and it is all of it
  std::atomic<bool> watching_{false};
  std::mutex lock_;
  std::map<File, Ranges> files_;
};

// Notes when the scope is left, however that is: what failed may have been done in part.
class Noting {
 public:
  Noting(ChangeNotes& notes, int fd, uint64_t start, uint64_t end) : notes_(notes), fd_(fd), start_(start), end_(end) {}
  Noting(const Noting&) = delete;
  ~Noting() { notes_.changed(fd_, start_, end_); }

 private:
  ChangeNotes& notes_;
  int fd_;
  uint64_t start_, end_;
};
