// The programs of the dirty log: see dirty-log.h for what they note, and dirty-programs.cc for how.
#pragma once
#include <cstdint>
#include <vector>

#include "fuse/bpf.h"

namespace dirty {

// Of the map of watched files; its values are a file's first element in the map of bits, and the number of those that follow.
struct Key {
  uint64_t ino, dev;
};
// Words of a file's first element: something was dirtied past the last bit; something was written and nobody knows where.
inline constexpr uint32_t beyond = 0, unknown = 1;

// `watched`: hash of Key to two 32 bit numbers; `bits`: array of elements of 4096 bytes. Throws Failure.
std::vector<bpf::Attached> attach(int watched, int bits);

}  // namespace dirty
