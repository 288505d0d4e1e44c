#include "checkpoint/dump/shared-memory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/huge-pages.h"

static void save_range(int file, uint64_t from, uint64_t to, uint64_t offset, PagesFile &pages) {
  std::vector<char> buffer(std::min<uint64_t>(to - from, 1 << 20));
  for (uint64_t at = from; at < to;) {
    uint64_t want = std::min<uint64_t>(buffer.size(), to - at);
    ssize_t got = pread(file, buffer.data(), want, static_cast<off_t>(at));
    if (got < 0) fail_call("read a shared memory object");
    std::fill(buffer.begin() + got, buffer.begin() + static_cast<ssize_t>(want), '\0'); // the last page, past the end
    pages.write(offset + (at - from), buffer.data(), want);
    at += want;
  }
}

static bool is_zero(int file, uint64_t from, uint64_t to) {
  std::vector<char> buffer(1 << 16);
  for (uint64_t at = from; at < to; at += buffer.size()) {
    ssize_t got = pread(file, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0) fail_call("read a shared memory object");
    if (std::any_of(buffer.begin(), buffer.begin() + got, [](char byte) { return byte != 0; })) return false;
  }
  return true;
}

// Of huge pages nobody tells which are there: those of zeros are left out, and so none is taken that the source has not.
std::string SharedMemory::save_huge(int file, uint64_t size, uint64_t huge_page, uint32_t &count) {
  std::string out;
  for (uint64_t at = 0; at < size; at += huge_page) {
    if (is_zero(file, at, at + huge_page)) continue;
    image_extent extent{};
    extent.start = at;
    extent.len = huge_page;
    extent.offset = pages_.allocate(at, huge_page);
    save_range(file, at, at + huge_page, extent.offset, pages_);
    out += Records::bytes_of(extent);
    count++;
  }
  return out;
}

// One extent a resident range; small gaps are left as holes of the file.
std::string SharedMemory::save_contents(int file, uint64_t size, uint32_t &count) {
  std::string out;
  constexpr uint64_t gap = 1 << 20;
  std::vector<PageRun> ranges;
  for (off_t at = 0; static_cast<uint64_t>(at) < size;) {
    off_t data = lseek(file, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    off_t hole = data < 0 ? data : lseek(file, data, SEEK_HOLE);
    if (data < 0 || hole < 0) fail_call("search a shared memory object for data");
    uint64_t start = static_cast<uint64_t>(data) & ~(page_size - 1), end = (static_cast<uint64_t>(hole) + page_size - 1) & ~(page_size - 1);
    ranges.push_back({start, end});
    at = hole;
  }
  for (size_t first = 0; first < ranges.size();) {
    size_t last = first;
    while (last + 1 < ranges.size() && ranges[last + 1].start - ranges[last].end <= gap) last++;
    image_extent extent{};
    extent.start = ranges[first].start;
    extent.len = ranges[last].end - extent.start;
    extent.offset = pages_.allocate(extent.start, extent.len);
    for (size_t i = first; i <= last; i++) save_range(file, ranges[i].start, ranges[i].end, extent.offset + (ranges[i].start - extent.start), pages_);
    out += Records::bytes_of(extent);
    count++;
    first = last + 1;
  }
  return out;
}

// MFD_NOEXEC_SEAL where it was made with it: that seal (F_SEAL_EXEC), given to memory whose mode allows execution, would forbid writing too.
static uint32_t flags_of_execution(uint32_t seals, mode_t mode) {
  constexpr uint32_t never_executed = 0x20 /* F_SEAL_EXEC */, made_so = 8 /* MFD_NOEXEC_SEAL */;
  return (seals & never_executed) && !(mode & 0111) ? made_so : 0;
}

uint32_t SharedMemory::object(const std::string &path, const std::string &name) {
  struct stat status;
  if (!proc_stat(path, status)) fail_call("stat /proc/%s", path.c_str());
  auto [entry, fresh] = known_.try_emplace({status.st_dev, status.st_ino}, static_cast<uint32_t>(known_.size() + 1));
  if (!fresh) return entry->second;
  uint32_t id = entry->second;
  Descriptor file = proc_open(path, O_RDONLY);
  image_shmem out{};
  out.size = static_cast<uint64_t>(status.st_size);
  int seals = fcntl(file.get(), F_GET_SEALS);
  if (seals > 0) out.seals = static_cast<uint32_t>(seals);
  out.memfd_flags = name.empty() || (out.seals & F_SEAL_SEAL) ? 0 : 2 /* MFD_ALLOW_SEALING */;
  out.memfd_flags |= flags_of_execution(out.seals, status.st_mode);
  uint64_t huge_page = huge_page_of(file.get());
  constexpr uint32_t hugetlb = 4; // MFD_HUGETLB
  if (huge_page) out.memfd_flags |= hugetlb | huge_page_flags(huge_page);
  std::string extents = huge_page ? save_huge(file.get(), out.size, huge_page, out.extent_count) : save_contents(file.get(), out.size, out.extent_count);
  records_.add(RECORD_SHMEM, id, name, Records::bytes_of(out) + extents);
  return id;
}
