#include "checkpoint/dump/huge-pages.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <bit>
#include <cerrno>
#include <map>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/user-namespace.h"

static constexpr int size_shift = 26; // MAP_HUGE_SHIFT, MFD_HUGE_SHIFT

uint64_t huge_page_of(int file) {
  struct statfs about;
  if (fstatfs(file, &about) != 0) fail_call("ask for the file system of a mapped object");
  return about.f_type == HUGETLBFS_MAGIC ? static_cast<uint64_t>(about.f_bsize) : 0;
}

uint32_t huge_page_flags(uint64_t size) { return static_cast<uint32_t>(std::countr_zero(size)) << size_shift; }

// Every object of a file system has pages of one size: one of each is asked, of thousands that may be mapped.
static uint64_t size_in(const Process &process, const Mapping &mapping) {
  static std::map<dev_t, uint64_t> known;
  auto [entry, fresh] = known.try_emplace(mapping.dev, 0);
  if (!fresh) return entry->second;
  Descriptor object = proc_open(text("%d/map_files/%llx-%llx", process.pid, static_cast<unsigned long long>(mapping.start),
                                     static_cast<unsigned long long>(mapping.end)), O_PATH);
  return entry->second = huge_page_of(object.get());
}

static void refuse_huge(const Process &process, const char *words) {
  refuse(EOPNOTSUPP, "process %d has explicit huge pages %s, which can't be part of a template", process.virtual_pid, words);
}

void find_huge_pages(Process &process) {
  for (Mapping &mapping : process.mappings) {
    bool plain = mapping.path == "/anon_hugepage";
    if (mapping.path.starts_with("/dev/hugepages/")) refuse_huge(process, "of a named file mapped");
    if (plain && in_user_namespace()) refuse_huge(process, "mapped (without root)");
    if (in_user_namespace() || !mapping.deleted) continue;
    if (!plain && !mapping.path.starts_with("/memfd:") && !mapping.path.starts_with("/SYSV")) continue;
    mapping.huge_page = size_in(process, mapping);
    if (mapping.huge_page && mapping.path.starts_with("/SYSV")) refuse_huge(process, "in a System V segment");
  }
}
