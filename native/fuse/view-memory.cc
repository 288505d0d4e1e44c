#include "fuse/view-memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fuse/durable.h"
#include "fuse/failure.h"

// Records of one size class share a page. Addresses are reserved for more pages than a view will have.
struct ViewMemory::Chunk {
  uint32_t size;     // of its records; 0: none are here
  char unused[60];
  char records[4032];
};

namespace {

constexpr size_t page = 4096, reserved = size_t(8) << 30;
constexpr size_t first_chunk = (sizeof(ViewHeader) + page - 1) / page * page;
constexpr uint32_t step = 64;                          // the file grows by this many pages
constexpr uint32_t sizes[3] = {112, 56, 288};          // nodes, short names, long names
constexpr uint8_t node_class = 0, short_class = 1, long_class = 2, no_class = 3;

uint8_t class_of(uint32_t size) {
  for (uint8_t i = 0; i < 3; i++)
    if (sizes[i] == size) return i;
  return node_class;
}

uint64_t owner(const void* record) { return static_cast<const std::atomic<uint64_t>*>(record)->load(); }

}  // namespace

ViewMemory::Chunk* ViewMemory::chunk(uint32_t number) const {
  return reinterpret_cast<Chunk*>(reinterpret_cast<char*>(header_) + first_chunk + size_t(number) * page);
}

void ViewMemory::map(int fd) {
  void* at = mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (at == MAP_FAILED) fail(errno, "mmap", "view memory");
  header_ = static_cast<ViewHeader*>(at);
  fd_ = fd;
}

ViewMemory::ViewMemory() {
  Fd fd(check(memfd_create("appshot-view-nodes", MFD_CLOEXEC), "memfd_create", "view memory"));
  check(ftruncate(fd.get(), first_chunk), "ftruncate", "view memory");
  map(fd.get());
  for (uint32_t i = 0; i < durable::most_views && number_ < 0; i++) {
    int32_t none = 0;
    if (durable::shared->views[i].compare_exchange_strong(none, fd.get())) number_ = int(i);
  }
  if (number_ < 0) {
    munmap(header_, reserved);
    fail(ENFILE, "mount", "more views than there is room for");
  }
  fd.release();
}

ViewMemory::ViewMemory(int fd) {
  map(fd);
  for (uint32_t i = 0; i < durable::most_views; i++)
    if (durable::shared->views[i] == fd) number_ = int(i);
  struct stat st;
  check(fstat(fd, &st), "stat", "view memory");
  chunks_ = uint32_t((size_t(st.st_size) - first_chunk) / page);
  used_.assign(chunks_, 0);
  class_.assign(chunks_, no_class);
  // Only where there is data: to look at a page of a hole would fill it.
  for (off_t at = first_chunk; (at = lseek(fd, at, SEEK_DATA)) >= 0;) {
    off_t end = lseek(fd, at, SEEK_HOLE);
    for (; at < end; at += page) {
      uint32_t i = uint32_t((size_t(at) - first_chunk) / page);
      if (chunk(i)->size) class_[i] = class_of(chunk(i)->size);
    }
  }
  find_free();
}

ViewMemory::~ViewMemory() {
  durable::shared->views[number_] = 0;
  munmap(header_, reserved);
  close(fd_);
}

// Free places are found by looking: nothing is written down of them.
void ViewMemory::find_free() {
  for (auto& list : free_) list.clear();
  empty_.clear();
  for (uint32_t i = chunks_; i-- > 0;) {
    used_[i] = 0;
    if (class_[i] == no_class) {
      empty_.push_back(i);
      continue;
    }
    Chunk* at = chunk(i);
    std::vector<uint32_t>& list = free_[class_[i]];
    for (size_t offset = 0; offset + at->size <= sizeof at->records; offset += at->size) {
      if (owner(at->records + offset)) used_[i]++;
      else list.push_back(uint32_t(i * page / 8 + (at->records - reinterpret_cast<char*>(at) + offset) / 8));
    }
  }
}

void* ViewMemory::take(uint8_t which) {
  std::vector<uint32_t>& list = free_[which];
  if (list.empty()) {
    if (empty_.empty()) {
      check(ftruncate(fd_, off_t(first_chunk + (size_t(chunks_) + step) * page)), "grow", "view memory");
      for (uint32_t i = step; i-- > 0;) empty_.push_back(chunks_ + i);
      chunks_ += step;
      used_.resize(chunks_);
      class_.resize(chunks_, no_class);
    }
    uint32_t number = empty_.back();
    empty_.pop_back();
    Chunk* fresh = chunk(number);
    fresh->size = sizes[which];
    class_[number] = which;
    size_t last = sizeof fresh->records / fresh->size;
    for (size_t i = last; i-- > 0;) list.push_back(uint32_t((number * page + (fresh->records - reinterpret_cast<char*>(fresh)) + i * fresh->size) / 8));
  }
  uint32_t place = list.back();
  list.pop_back();
  used_[place / (page / 8)]++;
  return reinterpret_cast<char*>(header_) + first_chunk + size_t(place) * 8;
}

void ViewMemory::give(void* record) {
  static_cast<std::atomic<uint64_t>*>(record)->store(0);
  size_t offset = size_t(static_cast<char*>(record) - reinterpret_cast<char*>(header_)) - first_chunk;
  uint32_t number = uint32_t(offset / page);
  used_[number]--;
  free_[class_[number]].push_back(uint32_t(offset / 8));
}

NodeRecord* ViewMemory::make_node() {
  auto* record = static_cast<NodeRecord*>(take(node_class));
  memset(static_cast<void*>(record), 0, sizeof *record);
  return record;
}

NameRecord* ViewMemory::make_name(uint64_t node, uint64_t parent, std::string_view name) {
  bool is_short = offsetof(NameRecord, text) + name.size() <= sizes[short_class];
  auto* record = static_cast<NameRecord*>(take(is_short ? short_class : long_class));
  record->parent = parent;
  record->order = ++header_->name_order;
  record->size = uint16_t(name.size());
  memcpy(record->text, name.data(), name.size());
  record->node = node;
  return record;
}

void ViewMemory::drop(NodeRecord* record) { give(record); }
void ViewMemory::drop(NameRecord* record) { give(record); }

void ViewMemory::shrink() {
  bool any = false;
  for (uint32_t i = 0; i < chunks_; i++) {
    if (used_[i] || class_[i] == no_class) continue;
    // The hole reads as a chunk of no class.
    if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off_t(first_chunk + size_t(i) * page), page) < 0) return;
    class_[i] = no_class;
    any = true;
  }
  if (any) find_free();
}

void ViewMemory::each_node(const std::function<void(NodeRecord&)>& visit) {
  for (uint32_t i = 0; i < chunks_; i++) {
    if (class_[i] != node_class) continue;
    Chunk* at = chunk(i);
    for (size_t offset = 0; offset + at->size <= sizeof at->records; offset += at->size)
      if (owner(at->records + offset)) visit(*reinterpret_cast<NodeRecord*>(at->records + offset));
  }
}

void ViewMemory::each_name(const std::function<void(NameRecord&)>& visit) {
  for (uint32_t i = 0; i < chunks_; i++) {
    if (class_[i] != short_class && class_[i] != long_class) continue;
    Chunk* at = chunk(i);
    for (size_t offset = 0; offset + at->size <= sizeof at->records; offset += at->size)
      if (owner(at->records + offset)) visit(*reinterpret_cast<NameRecord*>(at->records + offset));
  }
}
