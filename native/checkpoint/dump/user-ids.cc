#include "checkpoint/dump/user-ids.h"

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

struct Range {
  uint32_t inside, outside, count;
};

// One user namespace an instance: the map of the first process asked for is everyone's.
static const std::vector<Range> &ranges(pid_t pid, const char *file) {
  static std::map<std::string, std::vector<Range>> known;
  auto [entry, fresh] = known.try_emplace(file);
  if (!fresh) return entry->second;
  std::vector<std::string> words = split_words(proc_read_optional(text("%d/%s", pid, file)));
  for (size_t i = 0; i + 2 < words.size(); i += 3)
    entry->second.push_back({static_cast<uint32_t>(strtoul(words[i].c_str(), nullptr, 10)),
                             static_cast<uint32_t>(strtoul(words[i + 1].c_str(), nullptr, 10)),
                             static_cast<uint32_t>(strtoul(words[i + 2].c_str(), nullptr, 10))});
  return entry->second;
}

static uint32_t translate(const std::vector<Range> &map, uint32_t seen) {
  for (const Range &range : map)
    if (seen - range.outside < range.count) return range.inside + (seen - range.outside);
  return seen;
}

uint32_t user_in_instance(pid_t pid, uint32_t seen) { return translate(ranges(pid, "uid_map"), seen); }
uint32_t group_in_instance(pid_t pid, uint32_t seen) { return translate(ranges(pid, "gid_map"), seen); }
