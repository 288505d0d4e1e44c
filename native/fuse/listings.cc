// Open directories, and the order of what is in them.
#include <algorithm>

#include "fuse/view.h"

namespace {

constexpr uint64_t dot = 1, dot_dot = 2, first_name = 3, most = uint64_t(1) << 62;

uint64_t digest(std::string_view name) {
  uint64_t value = 0xcbf29ce484222325;
  for (unsigned char byte : name) value = (value ^ byte) * 0x100000001b3;
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93;
  return value ^ value >> 32;
}

uint64_t cookie_of(std::string_view name) {
  if (name == ".") return dot;
  if (name == "..") return dot_dot;
  return first_name + digest(name) % most;
}

}  // namespace

void Listing::order() {
  for (DirEntry& entry : entries) entry.cookie = cookie_of(entry.name);
  std::sort(entries.begin(), entries.end(), [](const DirEntry& a, const DirEntry& b) { return a.cookie != b.cookie ? a.cookie < b.cookie : a.name < b.name; });
  uint64_t last = 0;
  for (DirEntry& entry : entries) last = entry.cookie = std::max(entry.cookie, last + 1);   // two of one digest are told apart
}

size_t Listing::after(uint64_t cookie) const {
  auto found = std::upper_bound(entries.begin(), entries.end(), cookie, [](uint64_t place, const DirEntry& entry) { return place < entry.cookie; });
  return size_t(found - entries.begin());
}

uint64_t View::add_listing(std::shared_ptr<Listing> listing) {
  uint64_t handle = memory.header().next_listing++;
  std::lock_guard held(listings_lock_);
  listings_[handle] = std::move(listing);
  return handle;
}

std::shared_ptr<Listing> View::listing(uint64_t handle) {
  std::lock_guard held(listings_lock_);
  std::shared_ptr<Listing>& found = listings_[handle];
  if (!found) found = std::make_shared<Listing>();
  return found;
}

uint64_t& View::kept_by(Node& dir) { return dir.record ? dir.record->kept_by : memory.header().root_kept_by; }

bool View::keep_listing(Node& dir, uint64_t handle, bool asked_again) {
  std::lock_guard held(listings_lock_);
  uint64_t& holder = kept_by(dir);
  if (holder && !asked_again) return false;
  holder = handle;
  return true;
}

void View::drop_listing(uint64_t node, uint64_t handle) {
  std::lock_guard held(listings_lock_);
  listings_.erase(handle);
  Node* dir = nodes.find(node);
  if (dir && kept_by(*dir) == handle) kept_by(*dir) = 0;
}
