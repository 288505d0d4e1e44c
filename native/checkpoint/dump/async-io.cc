#include "checkpoint/dump/async-io.h"

#include <dirent.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/suspend.h"

struct Ring { // struct aio_ring, the head of what is mapped
  uint32_t id, nr, head, tail, magic, compatible, incompatible, header_length;
};
static constexpr uint32_t ring_magic = 0xa10a10a1;

bool is_ring(const Mapping &mapping) { return mapping.shared && mapping.path == "/[aio]"; }

static Ring read_ring(const Process &process, const Mapping &mapping) {
  Ring out{};
  if (!read_memory(process.pid, mapping.start, &out, sizeof out)) fail_call("read a ring of process %d", process.virtual_pid);
  if (out.magic != ring_magic || out.header_length != sizeof out || out.nr == 0 || mapping.size() < sizeof out + out.nr * sizeof(image_aio_event))
    refuse(EOPNOTSUPP, "process %d has a ring of asynchronous I/O of a kind that can't be part of a template", process.virtual_pid);
  return out;
}

// Files that tell how much a disk, or the server of a file system, has still to do.
static std::vector<std::string> gauges() {
  std::vector<std::string> out;
  for (const auto &[directory, file] : {std::pair("/sys/block", "inflight"), {"/sys/fs/fuse/connections", "waiting"}}) {
    DIR *names = opendir(directory);
    if (!names) continue; // not there for everybody
    while (struct dirent *entry = readdir(names))
      if (entry->d_name[0] != '.') out.push_back(text("%s/%s/%s", directory, entry->d_name, file));
    closedir(names);
  }
  return out;
}

static bool is_idle(const std::string &gauge) {
  FILE *file = fopen(gauge.c_str(), "re");
  if (!file) return true; // it has gone since
  unsigned first = 0, second = 0;
  int numbers = fscanf(file, "%u %u", &first, &second);
  fclose(file);
  return numbers < 1 || first + second == 0;
}

// What every ring has come to, in one number: events only add up while nobody takes any.
static uint64_t progress_of(const Instance &instance, bool &any) {
  uint64_t out = 0;
  for (const auto &process : instance.processes)
    for (const Mapping &mapping : process->mappings) {
      if (!is_ring(mapping)) continue;
      any = true;
      out = out * 31 + read_ring(*process, mapping).tail;
    }
  return out;
}

// All stand still, so nothing new is asked for: each disk that has been seen idle since has done what it was asked before. One that others
// keep busy is never seen so; then a second without an event says the same.
void await_asynchronous_io(const Instance &instance) {
  constexpr int looks_needed = 3;
  constexpr uint64_t long_us = 1000000, limit_us = 5000000;
  bool any = false;
  uint64_t progress = progress_of(instance, any);
  if (!any) return;
  std::vector<std::string> busy = gauges();
  const uint64_t began = monotonic_us();
  uint64_t changed = began;
  for (int looks = 0; looks < looks_needed;) {
    timespec pause{0, 1000000};
    nanosleep(&pause, nullptr);
    uint64_t now = monotonic_us(), seen = progress_of(instance, any);
    std::erase_if(busy, is_idle);
    if (seen != progress) changed = now;
    looks = seen == progress && (busy.empty() || now - changed > long_us) ? looks + 1 : 0;
    progress = seen;
    if (now - began > limit_us) refuse(EBUSY, "the application's asynchronous I/O does not come to an end");
  }
}

static std::string events_of(const Process &process, const Mapping &mapping, const image_aio &ring) {
  std::string out;
  for (uint32_t i = 0; i < ring.count; i++) {
    image_aio_event event{};
    uint64_t at = mapping.start + sizeof(Ring) + (ring.head + i) % ring.nr * sizeof event;
    if (!read_memory(process.pid, at, &event, sizeof event)) fail_call("read a ring of process %d", process.virtual_pid);
    out += Records::bytes_of(event);
  }
  return out;
}

void collect_rings(const Process &process, Injector &injector, Records &records) {
  std::string out;
  for (const Mapping &mapping : process.mappings) {
    if (!is_ring(mapping)) continue;
    image_aio state{};
    state.start = mapping.start;
    // Asked for no event at all, the kernel still looks for the context: a child has the memory only.
    if (injector.call(SYS_io_getevents, mapping.start, 0, 0, 0, 0) == 0) {
      Ring ring = read_ring(process, mapping);
      state.nr = ring.nr;
      state.head = ring.head % ring.nr;
      state.tail = ring.tail % ring.nr;
      state.count = (state.tail + state.nr - state.head) % state.nr;
    }
    out += Records::bytes_of(state) + events_of(process, mapping, state);
  }
  if (!out.empty()) records.add(RECORD_AIO, process.image.pid, "", out);
}
