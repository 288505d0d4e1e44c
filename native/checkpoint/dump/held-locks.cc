#include "checkpoint/dump/held-locks.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/pages-file.h"

// glibc's struct __pthread_mutex_s and struct __pthread_rwlock_arch_t, whose layout is part of its ABI.
struct Mutex { uint32_t lock, count, owner, users, kind; };
struct ReadWriteLock { uint32_t readers, writers, phase_futex, writers_futex, pad[2], writer, shared; };
static constexpr uint64_t owner_at = 8, writer_at = 24, most_shared = 4 << 20;

HeldLocks::HeldLocks(const Process &process) {
  for (const Thread &thread : process.threads) threads_.push_back({thread.tid, thread.virtual_tid});
  std::sort(threads_.begin(), threads_.end());
  lowest_ = static_cast<uint32_t>(threads_.empty() ? 0 : threads_.front().first);
  span_ = threads_.empty() ? 0 : static_cast<uint32_t>(threads_.back().first) - lowest_;
}

static bool is_held_mutex(const Mutex &mutex, uint32_t owner, bool &inherits) {
  constexpr uint32_t types = 3, recursive = 1, errorcheck = 2, inherit = 32, known = 0x7ff803ff;
  inherits = mutex.kind & inherit;
  bool compared = (mutex.kind & types) == recursive || (mutex.kind & types) == errorcheck || inherits;
  bool taken = inherits ? (mutex.lock & 0x3fffffff) == owner : mutex.lock == 1 || mutex.lock == 2;
  return compared && taken && !(mutex.kind & ~known) && mutex.users >= 1 && mutex.users < 0x10000;
}

static bool is_written(const ReadWriteLock &lock) { return (lock.readers & 2) && lock.phase_futex <= 3 && lock.writers_futex <= 3 && lock.shared <= 1; }

void HeldLocks::consider(pid_t from, uint64_t address, pid_t system) {
  auto thread = std::lower_bound(threads_.begin(), threads_.end(), std::pair<pid_t, pid_t>{system, 0});
  if (thread == threads_.end() || thread->first != system) return;
  uint32_t id = static_cast<uint32_t>(thread->second);
  Mutex mutex;
  ReadWriteLock lock;
  bool inherits = false;
  std::vector<image_held> held;
  if (read_memory(from, address - owner_at, &mutex, sizeof mutex) && is_held_mutex(mutex, static_cast<uint32_t>(system), inherits)) {
    held.push_back({address, id, 0});
    if (inherits) held.push_back({address - owner_at, id, 0});
  } else if (read_memory(from, address - writer_at, &lock, sizeof lock) && is_written(lock)) {
    held.push_back({address, id, 0});
  }
  std::lock_guard guard(mutex_);
  found_.insert(found_.end(), held.begin(), held.end());
}

// Locks are aligned to 8, and so are both places in them.
void HeldLocks::look(pid_t from, uint64_t address, const char *bytes, size_t size) {
  constexpr size_t part = 512;
  for (size_t at = 0; at + part <= size; at += part) {
    uint32_t words[part / 4], any = 0;
    memcpy(words, bytes + at, part);
    for (size_t i = 0; i < part / 4; i += 2) any |= words[i] - lowest_ <= span_;
    for (size_t i = 0; any && i < part / 4; i += 2)
      if (words[i] - lowest_ <= span_) consider(from, address + at + i * 4, static_cast<pid_t>(words[i]));
  }
}

void HeldLocks::look_at_shared(const Process &process) {
  std::string bytes;
  for (const Mapping &mapping : process.mappings) {
    bool lockable = mapping.shared && !mapping.skipped && (mapping.prot & PROT_WRITE) && mapping.size() <= most_shared;
    if (!lockable || (mapping.kind != VMA_SHMEM && mapping.kind != VMA_SYSV_SHM && mapping.kind != VMA_FILE_SHARED)) continue;
    bytes.resize(mapping.size());
    if (read_memory(process.pid, mapping.start, bytes.data(), bytes.size())) look(process.pid, mapping.start, bytes.data(), bytes.size());
  }
}

std::string HeldLocks::record() const { return std::string(reinterpret_cast<const char *>(found_.data()), found_.size() * sizeof found_[0]); }
