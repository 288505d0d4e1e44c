#include "checkpoint/dump/classify-mappings.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "checkpoint/dump/async-io.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/huge-pages.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/user-namespace.h"

uint32_t MappedFiles::file(const std::string &path, const std::string &name, bool deleted, bool writable) {
  struct stat status;
  if (!proc_stat(path, status)) fail_call("stat /proc/%s", path.c_str());
  auto [entry, fresh] = known_.try_emplace({status.st_dev, status.st_ino, name, writable}, next_);
  if (fresh) {
    record_named_file(collector_, next_, path, name, deleted, writable ? O_RDWR : O_RDONLY);
    next_++;
  }
  return entry->second;
}

// The pages file of a parent image, mapped privately: memory of the application that an earlier image holds.
static int find_parent(const Options &options, const Mapping &mapping, const std::string &link) {
  const std::vector<struct stat> &parents = options.parent_status;
  for (size_t i = 0; i < parents.size(); i++) {
    struct stat status;
    if (in_user_namespace()) {
      // Some file systems have one device number for maps and another for stat: there the name decides.
      if (parents[i].st_ino == mapping.ino && (parents[i].st_dev == mapping.dev || mapping.path == options.parents[i].second)) return static_cast<int>(i);
      continue;
    }
    if (parents[i].st_ino != mapping.ino) continue;
    if (!proc_stat(link, status)) fail_call("stat /proc/%s", link.c_str()); // taken for a file of the application's, it would be looked for in each clone
    if (status.st_ino == parents[i].st_ino && status.st_dev == parents[i].st_dev) return static_cast<int>(i);
  }
  return -1;
}

int MappedFiles::parent_of(const Mapping &mapping, const std::string &link) {
  if (collector_.options.parents.empty()) return -1;
  auto [entry, fresh] = parents_.try_emplace({mapping.dev, mapping.ino, mapping.path}, -1);
  if (fresh) entry->second = find_parent(collector_.options, mapping, link);
  return entry->second;
}

static std::string link_of(const Process &process, const Mapping &mapping) {
  return text("%d/map_files/%llx-%llx", process.pid, static_cast<unsigned long long>(mapping.start), static_cast<unsigned long long>(mapping.end));
}

static bool is_reserve(const Process &process, const Mapping &mapping) {
  for (const arena_file &file : process.reserves)
    if (mapping.start >= file.reserve && mapping.end <= file.reserve + (file.end - file.start)) return true;
  return false;
}

// In a clone, a part of its image lies where written pages of a file mapping were: the reserve tells which file.
bool MappedFiles::classify_over_file(const Process &process, Mapping &mapping) {
  for (const arena_file &file : process.reserves) {
    if (mapping.start < file.start || mapping.end > file.end) continue;
    uint64_t at = file.reserve + (mapping.start - file.start);
    for (const Mapping &reserve : process.mappings) {
      if (at < reserve.start || at >= reserve.end || reserve.ino == 0) continue;
      mapping.kind = VMA_FILE_PRIVATE;
      Mapping known = reserve;
      mapping.file_id = mapped_file(process, known, link_of(process, known), false);
      mapping.file_offset = reserve.offset + (at - reserve.start);
      return true;
    }
  }
  return false;
}

std::string MappedFiles::way_to(const Process &process, Mapping &mapping, const std::string &link) {
  return in_user_namespace() ? objects_.path(process, mapping) : link;
}

uint32_t MappedFiles::mapped_file(const Process &process, Mapping &mapping, const std::string &link, bool writable) {
  auto [entry, fresh] = mapped_.try_emplace({mapping.dev, mapping.ino, mapping.path, mapping.deleted, writable}, 0);
  if (!fresh) return entry->second;
  // A socket's ring, an object of the kernel's: there is no file to map again.
  if (mapping.path.empty() || mapping.path[0] != '/')
    refuse(EOPNOTSUPP, "process %d has %s mapped, which can't be part of a template", process.virtual_pid, mapping.path.c_str());
  std::string way = way_to(process, mapping, link);
  return entry->second = file(way, mapping.path, mapping.deleted, writable);
}

// An ordinary file can have any of these names.
static bool is_zero_device(const Mapping &mapping, const std::string &link) {
  constexpr unsigned memory = 1, zero = 5;
  struct stat status;
  if (mapping.path != "/dev/zero") return false;
  if (in_user_namespace() ? lstat(mapping.path.c_str(), &status) != 0 : !proc_stat(link, status)) return true;
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(memory, zero);
}

// In the kernel's own file system, where objects without a file are: the devices of what is asked for here.
static bool is_of_kernel(const Mapping &mapping) {
  static std::vector<dev_t> devices;
  if (devices.empty())
    for (uint64_t huge_page : {0ull, 2ull << 20, 1ull << 30}) {
      unsigned flags = huge_page ? MFD_HUGETLB | huge_page_flags(huge_page) : 0;
      Descriptor object(static_cast<int>(syscall(SYS_memfd_create, "", MFD_CLOEXEC | flags)));
      struct stat status;
      if (object && fstat(object.get(), &status) == 0) devices.push_back(status.st_dev);
      else if (!huge_page) fail_call("ask where shared memory is");
    }
  return mapping.deleted && std::find(devices.begin(), devices.end(), mapping.dev) != devices.end();
}

void MappedFiles::classify_private(const Process &process, Mapping &mapping, const std::string &link) {
  if (mapping.ino == 0 || is_zero_device(mapping, link) || (mapping.huge_page && mapping.path == "/anon_hugepage")) {
    mapping.kind = VMA_ANON;
    return;
  }
  mapping.parent = parent_of(mapping, link);
  if (mapping.parent >= 0 && classify_over_file(process, mapping)) return;
  mapping.kind = mapping.parent >= 0 ? VMA_ANON : VMA_FILE_PRIVATE;
  if (mapping.parent >= 0) return;
  mapping.file_id = mapped_file(process, mapping, link, false);
}

void MappedFiles::classify_shared(const Process &process, Mapping &mapping, const std::string &link) {
  mapping.kind = VMA_SHMEM;
  bool of_kernel = is_of_kernel(mapping);
  if ((of_kernel && mapping.path == "/dev/zero") || mapping.path.starts_with("[anon_shmem:") || (mapping.huge_page && mapping.path == "/anon_hugepage")) {
    mapping.file_id = collector_.shared.object(way_to(process, mapping, link), "");
  } else if (of_kernel && mapping.path.starts_with("/memfd:")) {
    mapping.file_id = collector_.shared.object(way_to(process, mapping, link), mapping.path.substr(7));
  } else if (of_kernel && mapping.path.starts_with("/SYSV")) {
    mapping.kind = VMA_SYSV_SHM;
    int id = static_cast<int>(mapping.ino); // the inode number of a segment is its id
    if (ids::on() && (id = ids::object_shown(ID_SHM, id)) < 0)
      refuse(EOPNOTSUPP, "process %d has a shared memory segment attached that is not the instance's own", process.virtual_pid);
    mapping.file_id = static_cast<uint32_t>(id);
    segments_.emplace(static_cast<int>(mapping.ino), link);
  } else if (mapping.start == process.arena_table) {
    mapping.kind = VMA_ARENA_TABLE;
  } else if (is_ring(mapping)) {
    mapping.kind = VMA_AIO;
  } else {
    mapping.kind = VMA_FILE_SHARED;
    mapping.file_id = mapped_file(process, mapping, link, mapping.prot & PROT_WRITE);
  }
}

void MappedFiles::classify(Process &process) {
  find_huge_pages(process);
  for (Mapping &mapping : process.mappings) {
    std::string link = link_of(process, mapping);
    mapping.file_offset = mapping.offset;
    mapping.skipped = leftovers_.holds(process, mapping) || is_reserve(process, mapping) || mapping.path == "[vsyscall]" || mapping.path == "[uprobes]";
    if (mapping.skipped) continue;
    if (mapping.path == "[vdso]" || mapping.path == "[vvar]" || mapping.path == "[vvar_vclock]") mapping.kind = VMA_VDSO;
    else if (mapping.shared) classify_shared(process, mapping, link);
    else classify_private(process, mapping, link);
  }
}
