#include "checkpoint/dump/own-library.h"

#include <elf.h>

#include <cstddef>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/inject.h"
#include "shared/arena.h"

static uint64_t value_of(const std::string &auxiliary, uint64_t type) {
  uint64_t pair[2];
  for (size_t at = 0; at + sizeof pair <= auxiliary.size(); at += sizeof pair) {
    memcpy(pair, auxiliary.data() + at, sizeof pair);
    if (pair[0] == type) return pair[1];
  }
  return 0;
}

// The kernel has loaded a dynamic linker for it, or was told to run the linker itself; nothing else loads the library.
bool has_own_library(const Process &process) {
  std::string auxiliary = proc_read(text("%d/auxv", process.pid));
  if (value_of(auxiliary, AT_BASE)) return true;
  uint64_t entry = value_of(auxiliary, AT_ENTRY);
  for (const Mapping &mapping : process.mappings)
    if (entry >= mapping.start && entry < mapping.end) return mapping.path.find("/ld-") != std::string::npos;
  return false;
}

bool awaits_library(pid_t pid) {
  uint64_t magic = 0;
  if (read_memory(pid, ARENA_BASE + offsetof(arena, magic), &magic, sizeof magic) && magic == ARENA_MAGIC) return false;
  return value_of(proc_read_optional(text("%d/auxv", pid)), AT_BASE) != 0;
}
