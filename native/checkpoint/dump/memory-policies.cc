#include "checkpoint/dump/memory-policies.h"

#include <linux/mempolicy.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/records.h"

// The kernel's own words (mm/mempolicy.c), those first that begin like others.
static constexpr std::pair<const char *, uint32_t> modes[] = {{"default", MPOL_DEFAULT}, {"prefer (many)", 5 /* MPOL_PREFERRED_MANY */}, {"prefer", MPOL_PREFERRED},
                                                              {"bind", MPOL_BIND}, {"interleave", MPOL_INTERLEAVE}, {"local", MPOL_LOCAL},
                                                              {"weighted interleave", 6 /* MPOL_WEIGHTED_INTERLEAVE */}};
static constexpr std::pair<const char *, uint32_t> mode_flags[] = {{"static", MPOL_F_STATIC_NODES}, {"relative", MPOL_F_RELATIVE_NODES}, {"balancing", 1u << 13 /* MPOL_F_NUMA_BALANCING */}};

static uint64_t nodes_of(const Process &process, const std::string &list) {
  uint64_t out = 0;
  std::istringstream ranges(list);
  for (std::string range; std::getline(ranges, range, ',');) {
    unsigned long first = strtoul(range.c_str(), nullptr, 10), last = first;
    if (size_t dash = range.find('-'); dash != std::string::npos) last = strtoul(range.c_str() + dash + 1, nullptr, 10);
    if (last >= 64 || first > last) refuse(EOPNOTSUPP, "process %d wants its memory on nodes of more than 64, which can't be part of a template", process.virtual_pid);
    for (unsigned long node = first; node <= last; node++) out |= 1ull << node;
  }
  return out;
}

// "MODE[=FLAGS][:NODES] ..." after the address.
static image_policy parse_policy(const Process &process, const std::string &words) {
  image_policy out{};
  for (const auto &[name, mode] : modes) {
    if (!words.starts_with(name)) continue;
    std::string rest = words.substr(std::string_view(name).size());
    rest.resize(std::min(rest.find(' '), rest.size()));
    size_t colon = std::min(rest.find(':'), rest.size());
    out.mode = mode;
    for (const auto &[flag, bit] : mode_flags)
      if (rest.substr(0, colon).find(flag) != std::string::npos) out.mode |= bit;
    if (colon < rest.size()) out.nodes = nodes_of(process, rest.substr(colon + 1));
    return out;
  }
  refuse(EIO, "the kernel's words for a memory policy of process %d can't be read: %s", process.virtual_pid, words.c_str());
}

// What has none of its own is told to have its process's.
void read_policies(Process &process, pid_t from) {
  std::istringstream lines(proc_read_optional(text("%d/numa_maps", from)));
  process.policies.clear();
  auto mapping = process.mappings.begin();
  for (std::string line; std::getline(lines, line);) {
    char *end;
    uint64_t start = strtoull(line.c_str(), &end, 16);
    if (*end != ' ' || strncmp(end, " default", 8) == 0) continue;
    image_policy policy = parse_policy(process, end + 1);
    if (policy.mode == process.policy_mode && policy.nodes == process.policy_nodes) continue;
    while (mapping != process.mappings.end() && mapping->start < start) ++mapping;
    if (mapping == process.mappings.end() || mapping->start != start || mapping->skipped) continue;
    policy.start = start;
    policy.end = mapping->end;
    process.policies += Records::bytes_of(policy);
  }
}
