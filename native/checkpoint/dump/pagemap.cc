#include "checkpoint/dump/pagemap.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/pages-file.h"

// <linux/fs.h> of 6.7 and later.
struct ScanRegion { uint64_t start, end, categories; };
struct ScanArgument {
  uint64_t size, flags, start, end, walk_end, vector, vector_length, max_pages;
  uint64_t category_inverted, category_mask, category_any_mask, return_mask;
};
static constexpr unsigned long pagemap_scan = _IOWR('f', 16, ScanArgument);
static constexpr uint64_t is_file = 1 << 2, is_present = 1 << 3, is_swapped = 1 << 4, is_zero_page = 1 << 5;

Pagemap::Pagemap(pid_t pid) : pid_(pid), file_(proc_open(text("%d/pagemap", pid), O_RDONLY)) {}

static void append_run(std::vector<PageRun> &out, uint64_t start, uint64_t end) {
  if (!out.empty() && out.back().end == start) out.back().end = end;
  else out.push_back({start, end});
}

bool Pagemap::scan(uint64_t start, uint64_t end, std::vector<PageRun> &out) const {
  std::vector<ScanRegion> regions(512);
  while (start < end) {
    ScanArgument argument{};
    argument.size = sizeof argument;
    argument.start = start;
    argument.end = end;
    argument.vector = reinterpret_cast<uint64_t>(regions.data());
    argument.vector_length = regions.size();
    argument.category_inverted = argument.category_mask = is_file | is_zero_page;
    argument.category_any_mask = is_present | is_swapped;
    argument.return_mask = is_present;
    int got = ioctl(file_.get(), pagemap_scan, &argument);
    if (got < 0 && (errno == ENOTTY || errno == EINVAL)) return false; // an older kernel
    if (got < 0) fail_call("scan the page tables of process %d", pid_);
    for (int i = 0; i < got; i++) append_run(out, regions[static_cast<size_t>(i)].start, regions[static_cast<size_t>(i)].end);
    start = argument.walk_end;
  }
  return true;
}

void Pagemap::read_entries(uint64_t start, uint64_t end, std::vector<PageRun> &out) const {
  constexpr uint64_t present = 1ull << 63, swapped = 1ull << 62, file = 1ull << 61, frame = (1ull << 55) - 1;
  uint64_t entries[512];
  for (uint64_t at = start; at < end;) {
    ssize_t got = pread(file_.get(), entries, std::min<uint64_t>(sizeof entries, (end - at) / page_size * 8), static_cast<off_t>(at / page_size * 8));
    if (got <= 0) fail_call("read the page tables of process %d", pid_);
    for (ssize_t i = 0; i < got / 8; i++, at += page_size) {
      uint64_t entry = entries[i];
      // A present page without a frame number: hidden from us, so it can't be told from the zero page. Save it.
      if ((entry & (present | swapped)) && !(entry & file) && ((entry & frame) || (entry & present))) append_run(out, at, at + page_size);
    }
  }
}

std::vector<PageRun> Pagemap::own_pages(uint64_t start, uint64_t end) const {
  std::vector<PageRun> out;
  if (scan(start, end, out)) return out;
  out.clear();
  read_entries(start, end, out);
  return out;
}
