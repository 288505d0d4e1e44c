#include "checkpoint/dump/pages-file.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/held-locks.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/in-parallel.h"

static constexpr uint64_t block = 1 << 20, huge = 2 << 20, parallel_from = 32 << 20;

PagesFile::PagesFile(int directory, const std::string &name) : name_(name) {
  file_ = Descriptor(openat(directory, "pages", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file_) fail_call("create %s", name_.c_str());
}

uint64_t PagesFile::allocate(uint64_t address, uint64_t length) {
  if (length >= huge) next_ += (address - next_) & (huge - 1);
  uint64_t out = next_;
  next_ += length;
  return out;
}

static bool is_zero(const char *page) {
  const uint64_t *words = reinterpret_cast<const uint64_t *>(page);
  uint64_t all = 0;
  for (size_t i = 0; i < 8; i++) all |= words[i];
  return all == 0 && memcmp(page, page + 64, page_size - 64) == 0;
}

void PagesFile::write(uint64_t offset, const void *data, uint64_t length) {
  const char *bytes = static_cast<const char *>(data);
  for (uint64_t at = 0; at < length;) {
    if (is_zero(bytes + at)) {
      at += page_size;
      continue;
    }
    uint64_t end = at + page_size;
    while (end < length && !is_zero(bytes + end)) end += page_size;
    written_ += (end - at) / page_size;
    while (at < end) {
      ssize_t put = pwrite(file_.get(), bytes + at, end - at, static_cast<off_t>(offset + at));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail_call("write %s", name_.c_str());
      at += static_cast<uint64_t>(put);
    }
  }
}

void PagesFile::copy_part(pid_t pid, int memory, const PageCopy &part, char *buffer, HeldLocks *held) {
  for (uint64_t at = 0; at < part.length;) {
    iovec local{buffer, std::min(block, part.length - at)};
    iovec remote{reinterpret_cast<void *>(part.address + at), local.iov_len};
    ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    // Memory that its owner may not read (PROT_NONE) is told by /proc/PID/mem alone.
    if (got <= 0) got = pread(memory, buffer, local.iov_len, static_cast<off_t>(part.address + at));
    if (got <= 0) fail_call("read %zu bytes of memory at %llx", local.iov_len, static_cast<unsigned long long>(part.address + at));
    got &= ~static_cast<ssize_t>(page_size - 1);
    write(part.offset + at, buffer, static_cast<uint64_t>(got));
    if (held) held->look(pid, part.address + at, buffer, static_cast<size_t>(got));
    at += static_cast<uint64_t>(got);
  }
}

// Big runs are cut into blocks so that threads share the work; reading and writing each keep a core busy.
void PagesFile::copy_process(pid_t pid, const std::vector<PageCopy> &copies, HeldLocks *held) {
  if (copies.empty()) return;
  Descriptor memory = proc_open(text("%d/mem", pid), O_RDONLY);
  std::vector<PageCopy> parts;
  uint64_t total = 0;
  for (const PageCopy &copy : copies) {
    total += copy.length;
    for (uint64_t at = 0; at < copy.length; at += block)
      parts.push_back({copy.address + at, std::min(block, copy.length - at), copy.offset + at});
  }
  auto work = [&](size_t i) {
    static thread_local std::unique_ptr<char[]> buffer(new char[block]);
    copy_part(pid, memory.get(), parts[i], buffer.get(), held);
  };
  if (total >= parallel_from) return in_parallel(parts.size(), work);
  for (size_t i = 0; i < parts.size(); i++) work(i);
}

void PagesFile::finish() {
  if (ftruncate(file_.get(), static_cast<off_t>(next_)) != 0) fail_call("write %s", name_.c_str());
}
