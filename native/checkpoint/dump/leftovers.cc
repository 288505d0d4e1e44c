#include "checkpoint/dump/leftovers.h"

#include <cerrno>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/inject.h"

static std::string page_at(pid_t pid, uint64_t address) {
  std::string out(LEAVE_SIZE, '\0');
  return read_memory(pid, address, out.data(), out.size()) ? out : "";
}

// An address alone proves nothing: the application may have put its own there. The init was forked from the same forge.
bool Leftovers::is_inits(const Process &process, uint64_t page, std::string &of_init) {
  if (of_init.empty()) of_init = page_at(init_, page);
  return !of_init.empty() && page_at(process.pid, page) == of_init;
}

// Never dumped, or they would add up from image to image: the page by which a process left the restorer, or all of it where a thread returned by a
// frame that lies within.
bool Leftovers::holds(const Process &process, const Mapping &mapping) {
  if (mapping.start >= RESTORER_END || mapping.end <= RESTORER_BASE) return false;
  bool within = mapping.start >= RESTORER_BASE && mapping.end <= RESTORER_END;
  if (mapping.start == LEAVE_AT && mapping.end == RESTORER_END && is_inits(process, LEAVE_AT, leave_)) return true;
  if (within && is_inits(process, RESTORER_BASE, head_)) return true;
  refuse(EOPNOTSUPP, "process %d has memory at %llx, where clones are restored from", process.virtual_pid, static_cast<unsigned long long>(mapping.start));
}
