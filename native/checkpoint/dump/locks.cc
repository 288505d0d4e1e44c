// Locks on parts of files, as fdinfo tells them: "lock:\t1: POSIX  ADVISORY  WRITE 12 08:01:77 2 4".
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"

static bool parse_lock(const Description &description, int fd, const char *line, image_lock &out) {
  char kind[16], mandatory[16], type[16], end[32];
  unsigned long long start;
  if (sscanf(line, "lock: %*d: %15s %15s %15s %*d %*s %llu %31s", kind, mandatory, type, &start, end) != 5) return false;
  if (strcmp(kind, "LEASE") == 0 || strcmp(kind, "DELEG") == 0) refuse_description(description, "a file with a lease on it");
  if (strcmp(kind, "POSIX") != 0 && strcmp(kind, "OFDLCK") != 0) return false;
  out.fd = fd;
  out.exclusive = strcmp(type, "WRITE") == 0;
  out.of_description = strcmp(kind, "OFDLCK") == 0;
  out.start = start;
  out.end = strcmp(end, "EOF") == 0 ? LLONG_MAX : strtoull(end, nullptr, 10);
  return true;
}

std::vector<image_lock> record_locks(const Description &description, int fd, const std::string &info) {
  std::vector<image_lock> out;
  const char *line = info.c_str();
  for (; (line = strstr(line, "lock:")) != nullptr; line += strlen("lock:")) {
    image_lock lock{};
    if (parse_lock(description, fd, line, lock)) out.push_back(lock);
  }
  return out;
}
