// Open directories. What didn't fit the first answer is written down, for a listing must hold while the directory
// changes: whoever removes the files as they are listed would else miss some after a takeover.
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>

#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/view.h"

namespace {

struct Written {
  uint64_t ino;
  uint16_t size;
  uint8_t type;
};

void read_back(int fd, Listing& listing) {
  struct stat st;
  check(fstat(fd, &st), "stat", "listing");
  std::vector<char> data(static_cast<size_t>(st.st_size));
  check(pread(fd, data.data(), data.size(), 0), "read", "listing");
  for (size_t at = 0; at + sizeof(Written) <= data.size();) {
    Written head;
    memcpy(&head, &data[at], sizeof head);
    at += sizeof head;
    listing.entries.push_back({std::string(&data[at], head.size), head.ino, head.type});
    at += head.size;
  }
  listing.filled = true;
}

ListingRecord* record_of(ViewHeader& header, uint64_t handle) {
  for (ListingRecord& record : header.listings)
    if (record.handle == handle) return &record;
  return nullptr;
}

}  // namespace

uint64_t View::add_listing(std::shared_ptr<Listing> listing) {
  uint64_t handle = memory.header().next_listing++;
  std::lock_guard held(listings_lock_);
  listings_[handle] = std::move(listing);
  return handle;
}

std::shared_ptr<Listing> View::listing(uint64_t handle) {
  std::lock_guard held(listings_lock_);
  std::shared_ptr<Listing>& found = listings_[handle];
  if (found) return found;
  found = std::make_shared<Listing>();
  if (ListingRecord* record = record_of(memory.header(), handle)) read_back(record->fd, *found);
  return found;
}

void View::write_down(uint64_t handle, const Listing& listing) {
  std::string data;
  for (const DirEntry& entry : listing.entries) {
    Written head{entry.ino, uint16_t(entry.name.size()), entry.type};
    data.append(reinterpret_cast<char*>(&head), sizeof head).append(entry.name);
  }
  Fd fd(memfd_create("appshot-view-listing", MFD_CLOEXEC));
  if (!fd || write(fd.get(), data.data(), data.size()) != ssize_t(data.size())) return log_line("listing not written down: %m");
  std::lock_guard held(listings_lock_);
  ListingRecord* record = record_of(memory.header(), handle);
  bool fresh = !record;
  if (fresh) record = record_of(memory.header(), 0);
  if (!record) return;   // more at once than are provided for
  Fd before(fresh ? -1 : record->fd);
  record->fd = fd.release();
  record->handle = handle;
}

void View::drop_listing(uint64_t handle) {
  std::lock_guard held(listings_lock_);
  listings_.erase(handle);
  ListingRecord* record = record_of(memory.header(), handle);
  if (!record) return;
  Fd fd(record->fd);
  record->handle = 0;
}
