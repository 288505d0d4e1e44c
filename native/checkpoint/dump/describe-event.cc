// Descriptors that are small counters and masks, all told by fdinfo: eventfd, timerfd, signalfd, pidfd.
#include <cstdio>

#include "checkpoint/dump/description.h"

static uint64_t field(const Description &description, const char *name, int base) {
  auto found = description.info.find(name);
  return found == description.info.end() ? 0 : strtoull(found->second.c_str(), nullptr, base);
}

void describe_eventfd(Collector &collector, const Description &description) {
  image_eventfd out{};
  out.count = field(description, "eventfd-count", 16);
  out.flags = description.flags;
  out.semaphore = static_cast<uint32_t>(field(description, "eventfd-semaphore", 10));
  collector.records.add(RECORD_EVENTFD, description.id, "", out);
}

static int64_t nanoseconds(const Description &description, const char *name) {
  long long seconds = 0, rest = 0;
  auto found = description.info.find(name);
  if (found != description.info.end()) sscanf(found->second.c_str(), "(%lld, %lld)", &seconds, &rest);
  return seconds * 1000000000 + rest;
}

void describe_timerfd(Collector &collector, const Description &description) {
  image_timerfd out{};
  out.clock = static_cast<uint32_t>(field(description, "clockid", 10));
  out.flags = description.flags;
  out.ticks = field(description, "ticks", 10);
  out.value_ns = nanoseconds(description, "it_value");
  out.interval_ns = nanoseconds(description, "it_interval");
  out.settime_flags = static_cast<uint32_t>(field(description, "settime flags", 8));
  collector.records.add(RECORD_TIMERFD, description.id, "", out);
}

void describe_signalfd(Collector &collector, const Description &description) {
  image_signalfd out{};
  out.mask = field(description, "sigmask", 16);
  out.flags = description.flags;
  collector.records.add(RECORD_SIGNALFD, description.id, "", out);
}

void describe_pidfd(Collector &collector, const Description &description) {
  pid_t target = static_cast<pid_t>(field(description, "Pid", 10));
  image_file out{};
  out.flags = description.flags;
  out.mode = description.status.st_mode;
  out.pos = static_cast<uint64_t>(collector.instance.virtual_of(target));
  if (out.pos == 0) refuse_description(description, "a pidfd of a process that has ended or is outside of the instance");
  collector.records.add(RECORD_PIDFD, description.id, "", out);
}
