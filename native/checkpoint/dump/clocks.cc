#include "checkpoint/dump/clocks.h"

#include <cstdio>
#include <ctime>
#include <sstream>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

static int64_t nanoseconds(long long seconds, long long rest) { return seconds * 1000000000 + rest; }

// How far the clocks of a process's children are from the kernel's own. A kernel without time namespaces has none that are.
struct Offsets {
  int64_t monotonic = 0, boottime = 0;
};

static Offsets offsets_of(const std::string &process) {
  Offsets out;
  std::istringstream lines(proc_read_optional(process + "/timens_offsets"));
  for (std::string line; std::getline(lines, line);) {
    char name[16];
    long long seconds, rest;
    if (sscanf(line.c_str(), "%15s %lld %lld", name, &seconds, &rest) != 3) continue;
    if (std::string(name) == "monotonic") out.monotonic = nanoseconds(seconds, rest);
    if (std::string(name) == "boottime") out.boottime = nanoseconds(seconds, rest);
  }
  return out;
}

static int64_t now(clockid_t clock) {
  timespec at{};
  clock_gettime(clock, &at);
  return nanoseconds(at.tv_sec, at.tv_nsec);
}

void record_clocks(pid_t init, Records &records) {
  Offsets theirs = offsets_of(text("%d", init)), own = offsets_of("self");
  image_clocks out{};
  out.monotonic_ns = static_cast<uint64_t>(now(CLOCK_MONOTONIC) + theirs.monotonic - own.monotonic);
  out.boottime_ns = static_cast<uint64_t>(now(CLOCK_BOOTTIME) + theirs.boottime - own.boottime);
  records.add(RECORD_CLOCKS, 0, "", out);
}
