#include "checkpoint/dump/descriptor-room.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "checkpoint/dump/failure.h"

// CAP_SYS_RESOURCE, which no user namespace gives: asked for by its use.
static bool may_raise(const rlimit &now) {
  rlimit more{now.rlim_cur, now.rlim_max + 1};
  if (now.rlim_max == RLIM_INFINITY) return true;
  if (setrlimit(RLIMIT_NOFILE, &more) != 0) return false;
  setrlimit(RLIMIT_NOFILE, &now);
  return true;
}

// As forge/kept-numbers.c chooses: numbers in a row that no process uses.
void refuse_crowded_tables(const Collector &collector, uint32_t files) {
  constexpr rlim_t first = 16, own = 32;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail_call("ask for the limit of open files");
  rlim_t needed = files + collector.options.parents.size() + own;
  std::set<int> used;
  const Process *last = nullptr;
  for (const Description &description : collector.all)
    for (const Holder &holder : description.holders) {
      if (holder.process == &collector.self) continue;
      if (used.empty() || holder.fd > *used.rbegin()) last = holder.process;
      used.insert(holder.fd);
    }
  if (used.empty() || static_cast<rlim_t>(*used.rbegin()) + needed < limit.rlim_max) return;
  rlim_t from = first, widest = 0;
  for (int fd : used) {
    rlim_t at = static_cast<rlim_t>(fd);
    if (at < from) continue;
    widest = std::max(widest, at - from);
    from = at + 1;
  }
  if (limit.rlim_max > from) widest = std::max(widest, limit.rlim_max - from);
  if (widest >= needed || may_raise(limit)) return;
  refuse(EOPNOTSUPP, "process %d has so many of the %llu descriptors in use that there may be (ulimit -Hn) that %llu in a row are not free, which a clone needs while it is made",
         last->virtual_pid, static_cast<unsigned long long>(limit.rlim_max), static_cast<unsigned long long>(needed));
}
