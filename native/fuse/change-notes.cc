#include "fuse/change-notes.h"

#include <linux/falloc.h>

namespace {

constexpr uint64_t page = 4096;

}  // namespace

void ChangeNotes::watch(const File& file) {
  std::lock_guard held(lock_);
  files_[file];
  watching_ = true;
}

void ChangeNotes::clear() {
  std::lock_guard held(lock_);
  watching_ = false;
  files_.clear();
}

Ranges ChangeNotes::take(const File& file) {
  std::lock_guard held(lock_);
  auto found = files_.find(file);
  return found == files_.end() ? Ranges() : std::exchange(found->second, {});
}

uint64_t ChangeNotes::bytes(const File& file, uint64_t size) {
  std::lock_guard held(lock_);
  auto found = files_.find(file);
  return found == files_.end() ? 0 : found->second.bytes(size);
}

void ChangeNotes::changed(int fd, uint64_t start, uint64_t end) {
  if (!watching_) return;
  int kept = errno;
  Stat st;
  bool known = stat_at(fd, "", st) == 0;
  std::lock_guard held(lock_);
  for (auto& [file, ranges] : files_) {
    if (known && file != file_of(st)) continue;
    // The page that a change ends in may be changed to its end.
    if (ranges.count() >= most_ranges || !known) ranges.add(0, Ranges::to_end);
    else ranges.add(start & ~(page - 1), end >= Ranges::to_end ? Ranges::to_end : (end + page - 1) & ~(page - 1));
  }
  errno = kept;
}

void ChangeNotes::allocated(int fd, int mode, uint64_t offset, uint64_t length) {
  constexpr int in_place = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE | FALLOC_FL_UNSHARE_RANGE;
  // Everything behind a range that is taken out or put in moves.
  changed(fd, offset, mode & ~in_place ? Ranges::to_end : offset + length);
}
