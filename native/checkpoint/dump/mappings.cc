#include "checkpoint/dump/mappings.h"

#include <sys/mman.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

bool Mapping::has_flag(const char *two_letters) const { return flags.find(two_letters) != std::string::npos; }

static std::string unescape(const char *text) {
  std::string out;
  if (!strchr(text, '\\')) return out = text;
  for (; *text; text++) {
    if (strncmp(text, "\\012", 4) == 0) {
      out += '\n';
      text += 3;
    } else {
      out += *text;
    }
  }
  return out;
}

// By hand: a process has hundreds of lines, read while it stands still.
static bool parse_number(const char *&at, int base, char follows, uint64_t &out) {
  char *end;
  out = strtoull(at, &end, base);
  if (end == at || *end != follows) return false;
  at = end + 1;
  return true;
}

static bool parse_header(const char *line, Mapping &out) {
  const char *at = line;
  uint64_t major_number, minor_number;
  if (!parse_number(at, 16, '-', out.start) || !parse_number(at, 16, ' ', out.end) || strlen(at) < 5) return false;
  const char *perms = at;
  at += 5;
  if (!parse_number(at, 16, ' ', out.offset) || !parse_number(at, 16, ':', major_number) || !parse_number(at, 16, ' ', minor_number)) return false;
  char *end;
  out.ino = strtoul(at, &end, 10);
  if (end == at) return false;
  while (*end == ' ') end++;
  out.prot = (perms[0] == 'r' ? PROT_READ : 0) | (perms[1] == 'w' ? PROT_WRITE : 0) | (perms[2] == 'x' ? PROT_EXEC : 0);
  out.shared = perms[3] == 's';
  out.dev = makedev(static_cast<unsigned>(major_number), static_cast<unsigned>(minor_number));
  out.path = unescape(end);
  static const std::string mark = " (deleted)";
  if (out.path.size() > mark.size() && out.path.ends_with(mark)) {
    out.path.resize(out.path.size() - mark.size());
    out.deleted = true;
  }
  return true;
}

template <typename Each>
static void each_line(std::string &content, Each each) {
  for (size_t at = 0; at < content.size();) {
    size_t end = std::min(content.find('\n', at), content.size());
    content[end] = '\0';
    each(content.c_str() + at);
    at = end + 1;
  }
}

std::vector<Mapping> read_mappings(pid_t pid) {
  std::vector<Mapping> out;
  std::string content = proc_read(text("%d/maps", pid));
  each_line(content, [&](const char *line) {
    Mapping mapping;
    if (!parse_header(line, mapping)) refuse(EIO, "a line of /proc/%d/maps can't be read: %s", pid, line);
    out.push_back(std::move(mapping));
  });
  return out;
}

uint64_t mapped_pages(pid_t pid) { return strtoull(proc_read(text("%d/statm", pid)).c_str(), nullptr, 10); }

void read_flags(pid_t pid, std::vector<Mapping> &mappings) {
  std::string content = proc_read(text("%d/smaps", pid));
  uint64_t start = 0;
  size_t at = 0;
  each_line(content, [&](const char *line) {
    uint64_t end;
    if (strncmp(line, "VmFlags:", 8) == 0) {
      while (at < mappings.size() && mappings[at].start < start) at++;
      if (at < mappings.size() && mappings[at].start == start) mappings[at].flags = line + 8;
    } else if (line[0] < 'A' || line[0] > 'Z') {
      sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end);
    }
  });
}
