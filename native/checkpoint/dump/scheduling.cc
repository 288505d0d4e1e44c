#include "checkpoint/dump/scheduling.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/records.h"

struct SchedulingAttributes { // struct sched_attr, which C libraries have under different names
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t util_min, util_max;
};

static constexpr size_t most_processors = 8192;
using Processors = std::vector<uint64_t>; // a bit each

static Processors processors_of(pid_t tid) {
  Processors out(most_processors / 64);
  if (syscall(SYS_sched_getaffinity, tid, out.size() * sizeof out[0], out.data()) < 0) out.clear();
  return out;
}

// Empty where it is the dumper's, which nobody has limited.
static Processors own_processors(const Process &process, pid_t tid) {
  static const Processors usual = processors_of(0);
  Processors out = processors_of(tid);
  if (out.empty()) fail_call("read the affinity of process %d", process.virtual_pid);
  return out == usual ? Processors() : out;
}

static bool fits(const Processors &processors) {
  for (size_t i = sizeof image_thread::affinity / sizeof processors[0]; i < processors.size(); i++)
    if (processors[i]) return false;
  return true;
}

void collect_scheduling(const Process &process, pid_t tid, image_thread &out) {
  errno = 0;
  out.nice_biased = static_cast<uint32_t>(getpriority(PRIO_PROCESS, static_cast<id_t>(tid)) + 20);
  if (errno != 0) fail_call("read the priority of process %d", process.virtual_pid);
  sched_param parameter{};
  int policy = sched_getscheduler(tid);
  if (policy < 0 || sched_getparam(tid, &parameter) != 0) fail_call("read the scheduling of process %d", process.virtual_pid);
  out.sched_policy = static_cast<uint32_t>(policy & ~SCHED_RESET_ON_FORK);
  out.sched_flags = policy & SCHED_RESET_ON_FORK ? 1 : 0;
  out.sched_priority = static_cast<uint32_t>(parameter.sched_priority);
  Processors allowed = own_processors(process, tid);
  if (!allowed.empty() && fits(allowed)) memcpy(out.affinity, allowed.data(), sizeof out.affinity);
  std::string slack = proc_read_optional(text("%d/timerslack_ns", tid));
  out.timerslack_ns = strtoull(slack.c_str(), nullptr, 10);
}

// Tasks that may share a core know each other by a number that nobody can be given but by one of them.
static void refuse_core_cookie(const Process &process, pid_t tid) {
  constexpr int sched_core = 62, get = 0, of_thread = 0;
  unsigned long own = 0, theirs = 0;
  static const bool known = prctl(sched_core, get, 0, of_thread, &own) == 0;
  if (!known) return;
  if (prctl(sched_core, get, 0, of_thread, &own) != 0 || prctl(sched_core, get, tid, of_thread, &theirs) != 0) {
    if (errno == EPERM) return;
    fail_call("ask which cores are for process %d", process.virtual_pid);
  }
  if (theirs != own) refuse(EOPNOTSUPP, "process %d has cores of its own (PR_SCHED_CORE), which can't be part of a template", process.virtual_pid);
}

static SchedulingAttributes attributes_of(pid_t tid) {
  SchedulingAttributes out{};
  if (syscall(SYS_sched_getattr, tid, &out, sizeof out, 0) != 0) fail_call("read the scheduling of thread %d", tid);
  return out;
}

std::string more_of_scheduling(const Process &process, pid_t tid) {
  constexpr uint64_t reset_on_fork = 1;
  constexpr uint32_t full = 1024;
  static const SchedulingAttributes usual = attributes_of(0);
  std::string out;
  auto add = [&](uint32_t what, uint64_t value, uint64_t expected) {
    if (value != expected) out += Records::bytes_of(image_setting{what, 0, value});
  };
  SchedulingAttributes found = attributes_of(tid);
  bool by_slices = found.policy == SCHED_OTHER || found.policy == SCHED_BATCH;
  if (by_slices || found.policy == SCHED_DEADLINE) add(SETTING_SCHED_RUNTIME, found.runtime, by_slices ? usual.runtime : 0);
  add(SETTING_SCHED_DEADLINE, found.deadline, 0);
  add(SETTING_SCHED_PERIOD, found.period, 0);
  add(SETTING_SCHED_FLAGS, found.flags & ~reset_on_fork, 0);
  add(SETTING_UTIL_MIN, found.util_min, 0);
  add(SETTING_UTIL_MAX, found.util_max ? found.util_max : full, full);
  Processors allowed = own_processors(process, tid);
  for (size_t i = 0; !fits(allowed) && i < allowed.size(); i++) add(SETTING_CPUS + static_cast<uint32_t>(i), allowed[i], 0);
  refuse_core_cookie(process, tid);
  return out;
}
