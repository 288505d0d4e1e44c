// Ranges of bytes of a file, merged where they touch.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>

class Ranges {
 public:
  static constexpr uint64_t to_end = uint64_t(1) << 62;

  void add(uint64_t start, uint64_t end) {
    if (start >= end) return;
    auto next = ranges_.upper_bound(start);
    if (next != ranges_.begin())
      if (auto before = std::prev(next); before->second >= start) start = before->first, next = before;
    while (next != ranges_.end() && next->first <= end) {
      end = std::max(end, next->second);
      next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, start, end);
  }
  void add(const Ranges& others) {
    for (auto& [start, end] : others.ranges_) add(start, end);
  }

  // Bytes of a file of `size` that they cover.
  uint64_t bytes(uint64_t size) const {
    uint64_t sum = 0;
    for (auto& [start, end] : ranges_)
      if (start < size) sum += std::min(end, size) - start;
    return sum;
  }
  bool empty() const { return ranges_.empty(); }
  size_t count() const { return ranges_.size(); }
  auto begin() const { return ranges_.begin(); }
  auto end() const { return ranges_.end(); }

 private:
  std::map<uint64_t, uint64_t> ranges_;   // start to end
};
