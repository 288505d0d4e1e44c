#include "fuse/dirty-log.h"

#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <atomic>
#include <bit>

#include "fuse/dirty-programs.h"
#include "fuse/failure.h"

namespace {

constexpr uint64_t page = 4096, pages_each = 512 * 64;
constexpr uint32_t most_elements = 65536;   // 8 TiB of files take 256 MiB of them

std::atomic_ref<uint64_t> shared(uint64_t& word) { return std::atomic_ref<uint64_t>(word); }

}  // namespace

DirtyLog::DirtyLog(const std::vector<Watched>& files) {
  uint32_t elements = 0;
  for (const Watched& file : files) {
    // Room to grow by a quarter, and 128 MiB.
    uint64_t needed = file.size / page * 5 / 4 / pages_each + 2;
    if (needed + 1 > most_elements - elements) fail(EFBIG, "dirty log of", "more than 8 TiB of files");
    places_.push_back({elements, uint32_t(needed)});
    elements += uint32_t(needed) + 1;
  }
  watched_ = bpf::make_map({BPF_MAP_TYPE_HASH, sizeof(dirty::Key), sizeof(Place), uint32_t(files.size()), 0});
  bits_map_ = bpf::make_map({BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), words * sizeof(uint64_t), elements, BPF_F_MMAPABLE});
  length_ = size_t(elements) * words * sizeof(uint64_t);
  void* at = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, bits_map_.get(), 0);
  if (at == MAP_FAILED) fail(errno, "mmap", "BPF map");
  bits_ = static_cast<uint64_t*>(at);
  for (size_t i = 0; i < files.size(); i++) {
    dirty::Key key{files[i].ino, uint64_t(files[i].dev_major) << 20 | files[i].dev_minor};
    bpf::put(watched_.get(), &key, &places_[i]);
  }
  programs_ = dirty::attach(watched_.get(), bits_map_.get());
}

DirtyLog::~DirtyLog() {
  programs_.clear();
  if (bits_) munmap(bits_, length_);
}

Ranges DirtyLog::take(size_t file) {
  Ranges taken;
  const Place& place = places_[file];
  uint64_t* marks = element(place.first);
  if (shared(marks[dirty::beyond]).exchange(0)) taken.add(place.elements * pages_each * page, Ranges::to_end);
  if (shared(marks[dirty::unknown]).exchange(0)) taken.add(0, Ranges::to_end);
  uint64_t* bits = element(place.first + 1);
  for (uint64_t i = 0; i < uint64_t(place.elements) * words; i++) {
    if (shared(bits[i]).load(std::memory_order_relaxed) == 0) continue;
    uint64_t word = shared(bits[i]).exchange(0);
    for (int at = 0; word >> at; ) {
      at += std::countr_zero(word >> at);
      int run = std::countr_one(word >> at);
      taken.add((i * 64 + uint64_t(at)) * page, (i * 64 + uint64_t(at + run)) * page);
      at += run;
      if (at == 64) break;
    }
  }
  return taken;
}

uint64_t DirtyLog::bytes(size_t file) const {
  const Place& place = places_[file];
  uint64_t* bits = element(place.first + 1);
  uint64_t* marks = element(place.first);
  uint64_t pages = 0;
  if (shared(marks[dirty::beyond]) || shared(marks[dirty::unknown])) pages = place.elements * pages_each;
  for (uint64_t i = 0; i < uint64_t(place.elements) * words; i++) pages += uint64_t(std::popcount(shared(bits[i]).load(std::memory_order_relaxed)));
  return pages * page;
}

bool DirtyLog::lost() const {
  for (const bpf::Attached& program : programs_)
    if (bpf::misses(program)) return true;
  return false;
}

// A grace period of RCU: no processor is in the middle of marking a page any more.
void DirtyLog::settle() { check(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), "membarrier", "MEMBARRIER_CMD_GLOBAL"); }
