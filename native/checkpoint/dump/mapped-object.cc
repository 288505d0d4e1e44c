#include "checkpoint/dump/mapped-object.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-mounts.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/other-name.h"
#include "checkpoint/dump/pages-file.h"
#include "checkpoint/dump/secret-memory.h"
#include "checkpoint/dump/way-home.h"

static constexpr uint64_t pages_a_call = results_size; // mincore answers a byte a page

static Descriptor make_file(uint64_t size) {
  Descriptor file(static_cast<int>(syscall(SYS_memfd_create, "appshot-copy", MFD_CLOEXEC)));
  if (!file || ftruncate(file.get(), static_cast<off_t>(size)) != 0) fail_call("make a copy of a mapped object");
  return file;
}

static void put_page(int file, const char *page, uint64_t offset) {
  static const char zeros[page_size] = {};
  if (memcmp(page, zeros, page_size) == 0) return;
  if (pwrite(file, page, page_size, static_cast<off_t>(offset)) != static_cast<ssize_t>(page_size)) fail_call("write the copy of a mapped object");
}

// Which pages of a shared object are there, whoever touched them: reading the others would make them.
static std::vector<bool> resident_pages(Process &process, const Mapping &mapping) {
  std::vector<bool> out(mapping.size() / page_size, false);
  Injector injector(process, process.threads.front());
  for (uint64_t first = 0; first < out.size(); first += pages_a_call) {
    uint64_t count = std::min<uint64_t>(pages_a_call, out.size() - first);
    unsigned char answer[pages_a_call];
    long result = injector.call(SYS_mincore, mapping.start + first * page_size, count * page_size, injector.scratch());
    bool told = result == 0 && read_memory(process.pid, injector.scratch(), answer, count);
    for (uint64_t i = 0; i < count; i++) out[first + i] = !told || (answer[i] & 1);
  }
  return out;
}

// mincore doesn't see what is swapped out.
static void add_touched(pid_t pid, const Mapping &mapping, std::vector<bool> &pages) {
  Descriptor map(proc_open(text("%d/pagemap", pid), O_RDONLY));
  std::vector<uint64_t> entries(pages.size());
  ssize_t got = pread(map.get(), entries.data(), entries.size() * sizeof entries[0], static_cast<off_t>(mapping.start / page_size * sizeof entries[0]));
  for (size_t i = 0; got > 0 && i < static_cast<size_t>(got) / sizeof entries[0]; i++)
    if (entries[i] >> 62) pages[i] = true;
}

static void copy_mapping(Process &process, const Mapping &mapping, int file) {
  std::vector<bool> pages(mapping.size() / page_size, true);
  if (mapping.shared) {
    pages = resident_pages(process, mapping);
    add_touched(process.pid, mapping, pages);
  }
  Descriptor memory = proc_open(text("%d/mem", process.pid), O_RDONLY);
  char page[page_size];
  for (size_t i = 0; i < pages.size(); i++) {
    if (!pages[i]) continue;
    ssize_t got = pread(memory.get(), page, page_size, static_cast<off_t>(mapping.start + i * page_size));
    if (got == static_cast<ssize_t>(page_size)) put_page(file, page, mapping.offset + i * page_size);
    else if (errno != EIO) fail_call("read what process %d has mapped", process.virtual_pid); // EIO: past the object's end
  }
}

Descriptor copy_own_memory(const char *at, uint64_t length) {
  Descriptor file = make_file(length);
  unsigned char answer = 0;
  for (uint64_t offset = 0; offset < length; offset += page_size)
    if (mincore(const_cast<char *>(at) + offset, page_size, &answer) != 0 || (answer & 1)) put_page(file.get(), at + offset, offset);
  return file;
}

std::string MappedObjects::hold(Descriptor file) {
  held_.push_back(std::move(file));
  return text("self/fd/%d", held_.back().get());
}

std::string MappedObjects::find_named(Mapping &mapping) {
  if (mapping.path.empty() || mapping.path[0] != '/') return "";
  std::string path = mapping.deleted ? other_name(mapping.path, mapping.dev, mapping.ino) : mapping.path;
  if (path.empty()) return "";
  Descriptor file(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)); // the instance's root is ours by now
  struct stat status;
  bool found = file && fstat(file.get(), &status) == 0 && status.st_ino == mapping.ino && status.st_dev == mapping.dev;
  if (!found && mapping.deleted) return "";
  if (!found) file = open_on_host(mapping.dev, mapping.ino, mapping.path, options_.layers);
  return file ? hold(std::move(file)) : "";
}

std::string MappedObjects::find_descriptor(const Mapping &mapping) const {
  for (const auto &process : instance_.processes) {
    if (process->zombie) continue;
    for (int fd : proc_numbers(text("%d/fd", process->pid))) {
      std::string path = text("%d/fd/%d", process->pid, fd);
      struct stat status;
      if (proc_stat(path, status) && status.st_ino == mapping.ino && status.st_dev == mapping.dev) return path;
    }
  }
  return "";
}

// What shared mappings of all processes show of it, or for a private one what this process sees.
std::string MappedObjects::copy(const Process &process, const Mapping &mapping) {
  char byte;
  if (mapping.deleted && may_be_secret(mapping.path) && !read_memory(process.pid, mapping.start, &byte, 1)) refuse_secret_memory();
  auto same = [&](const Mapping &other) { return other.shared == mapping.shared && other.dev == mapping.dev && other.ino == mapping.ino; };
  uint64_t size = 0;
  for (const auto &holder : instance_.processes)
    for (const Mapping &other : holder->mappings)
      if (same(other)) size = std::max(size, other.offset + other.size());
  Descriptor file = make_file(size);
  for (const auto &holder : instance_.processes) {
    if (!mapping.shared && holder.get() != &process) continue;
    for (const Mapping &other : holder->mappings)
      if (same(other)) copy_mapping(*holder, other, file.get());
  }
  return hold(std::move(file));
}

std::string MappedObjects::path(const Process &process, Mapping &mapping) {
  auto [entry, fresh] = known_.try_emplace({mapping.dev, mapping.ino, mapping.shared});
  Known &known = entry->second;
  if (fresh) {
    std::string called = mapping.path;
    known.way = find_named(mapping);
    if (mapping.path != called) known.name = mapping.path;
    if (known.way.empty()) known.way = find_descriptor(mapping);
    if (known.way.empty()) known.way = copy(process, mapping);
  }
  if (!known.name.empty()) mapping.path = known.name;
  return known.way;
}
