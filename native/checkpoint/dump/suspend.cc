#include "checkpoint/dump/suspend.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <map>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/frozen-copy.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/own-library.h"
#include "checkpoint/dump/stopping.h"
#include "checkpoint/dump/tracee.h"

static uint64_t first_interrupt_us;

uint64_t monotonic_us() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

uint64_t suspended_since_us() { return first_interrupt_us; }

pid_t Instance::virtual_of(pid_t host) const {
  if (host == init) return 1;
  for (const auto &process : processes) {
    if (process->leader == host) return process->virtual_pid;
    for (const Thread &thread : process->threads)
      if (thread.tid == host) return thread.virtual_tid;
  }
  return 0;
}

// A group's id on the host is that of its leader, who may have ended: the process that is in it tells both.
pid_t Instance::virtual_group_of(pid_t host) const {
  for (const auto &process : processes)
    if (getpgid(process->pid) == host) return static_cast<pid_t>(process->image.pgid);
  return 0;
}

size_t Instance::thread_count() const {
  size_t out = 0;
  for (const auto &process : processes) out += process->threads.size() + (process->image.flags & PROCESS_LEADER_ENDED ? 1 : 0);
  return out;
}

// FIG. 5, step 256: the processes of the AID are init's descendants. A process that joined from outside has its parent
// there and is not one of them.
static std::vector<pid_t> find_processes(pid_t init) {
  std::vector<pid_t> out;
  append_children(init, out);
  for (size_t i = 0; i < out.size(); i++) append_children(out[i], out);
  return out;
}

static Process &process_of(Instance &instance, pid_t pid) {
  for (auto &process : instance.processes)
    if (process->pid == pid) return *process;
  instance.processes.push_back(std::make_unique<Process>());
  instance.processes.back()->pid = pid;
  return *instance.processes.back();
}

static void refuse_traced(pid_t pid) {
  Fields status = parse_fields(proc_read_optional(text("%d/status", pid)));
  std::string number = last_word(status["NSpid"]);
  if (!status["TracerPid"].empty() && status["TracerPid"] != "0")
    refuse(EOPNOTSUPP, "process %s (%s) is being traced; end its debugger or strace and try again", number.c_str(), status["Name"].c_str());
  refuse(EPERM, "process %s can't be traced: Operation not permitted", number.c_str());
}

// FIG. 5, step 258: suspend one process. True when a thread was found that was not known yet.
static bool suspend_process(const Instance &instance, Process &process) {
  uint64_t now = monotonic_us();
  bool found = ask_to_stop(process, [&](pid_t pid) {
    if (!instance.guests->holds(pid)) refuse_traced(pid);
  });
  if (found && first_interrupt_us == 0) first_interrupt_us = now;
  return found;
}

// FIG. 5, step 260: is every thread quiesced?
static bool quiesce_all(Instance &instance, uint64_t until_us) {
  for (;;) {
    bool all = true;
    for (auto &process : instance.processes) {
      for (Thread &thread : process->threads)
        if (!stands_still(*process, thread)) all = false;
      std::erase_if(process->threads, [](const Thread &thread) { return thread.tid == 0; });
    }
    if (all) return true;
    if (monotonic_us() >= until_us) return false;
    tracee::sleep_for_stop(1000);
  }
}

// A helper of a dumper that was killed: a zombie nobody can wait for by accident. It is no process of the application; the
// next frozen copy collects it.
static bool is_leftover(pid_t pid) { return leftover_helper(proc_read_optional(text("%d/stat", pid))); }

// Just restored, a thread has its last steps of the way still to go through memory that is none of the application's.
static bool is_arriving(const Process &process) {
  constexpr uint64_t leave_size = 32;
  uint64_t leave = 0;
  for (const Thread &thread : process.threads) {
    if (!thread.stopped) continue;
    if (&thread == &process.threads[0]) read_memory(thread.tid, ARENA_BASE + offsetof(arena, leave), &leave, sizeof leave);
    uint64_t at = tracee::read_registers(thread.tid).rip;
    if (at >= RESTORER_BASE && at < RESTORER_END) return true;
    if (leave && at - leave < leave_size) return true;
  }
  return false;
}

// Under the preload mechanism a program without the library has the system's ids. One that has only just begun will have it in a moment; one that has
// not after a second never will, and is refused later, in words.
static bool is_beginning(const Process &process) {
  constexpr uint64_t at_most_us = 1000000;
  static std::map<pid_t, uint64_t> since;
  if (!ids::on() || process.threads.empty() || !awaits_library(process.threads[0].tid)) return false;
  uint64_t now = monotonic_us();
  return now - since.try_emplace(process.pid, now).first->second < at_most_us;
}

// One attempt: false when a thread did not become quiet in time.
static bool try_suspend(Instance &instance, uint64_t until_us) {
  // Before the application, which then need not wait for it; whoever has come since is looked for once it stands still.
  instance.guests.emplace(instance.init);
  if (!instance.guests->stop(until_us)) return false;
  for (bool found = true; found;) {
    found = false;
    std::vector<pid_t> pids = find_processes(instance.init);
    std::erase_if(pids, is_leftover);
    for (pid_t pid : pids) found |= suspend_process(instance, process_of(instance, pid));
    if (!quiesce_all(instance, until_us)) return false;
    for (auto &process : instance.processes)
      if (is_arriving(*process) || is_beginning(*process)) return false;
    std::erase_if(instance.processes, [&](const auto &process) {
      return process->threads.empty() && std::find(pids.begin(), pids.end(), process->pid) == pids.end();
    });
  }
  if (!instance.guests->stop(until_us)) return false;
  // Parents first, in the order of the tree, now that it stands still.
  std::vector<pid_t> order = find_processes(instance.init);
  // A guest whose parent has ended meanwhile is the init's child, and the application's, at the next attempt.
  if (std::any_of(order.begin(), order.end(), [&](pid_t pid) { return instance.guests->holds(pid); })) return false;
  auto place = [&](const auto &process) { return std::find(order.begin(), order.end(), process->pid) - order.begin(); };
  std::sort(instance.processes.begin(), instance.processes.end(), [&](const auto &a, const auto &b) { return place(a) < place(b); });
  std::erase_if(instance.processes, [&](const auto &process) {
    return process->threads.empty() && std::find(order.begin(), order.end(), process->pid) == order.end();
  });
  return true;
}

void resume_application(Instance &instance) {
  for (auto &process : instance.processes) let_go(*process);
  std::erase_if(instance.processes, [](const auto &process) { return process->threads.empty(); });
  instance.guests.reset();
}

static std::string describe_unquiet(const Instance &instance) {
  for (const auto &process : instance.processes)
    for (const Thread &thread : process->threads)
      if (!thread.stopped) {
        Fields status = parse_fields(proc_read_optional(text("%d/task/%d/status", process->pid, thread.tid)));
        std::string in = proc_read_optional(text("%d/task/%d/wchan", process->pid, thread.tid));
        return text("process %s can't be quiesced: its thread %s (%s) stays in state %s, in %s",
                    last_word(status["NStgid"]).c_str(), last_word(status["NSpid"]).c_str(), status["Name"].c_str(),
                    status["State"].c_str(), in.empty() ? "the kernel" : in.c_str());
      }
  for (const auto &process : instance.processes)
    if (is_arriving(*process)) {
      Fields status = parse_fields(proc_read_optional(text("%d/status", process->pid)));
      return text("process %s can't be quiesced: it stands still on its way out of a restore", last_word(status["NStgid"]).c_str());
    }
  for (const auto &process : instance.processes)
    if (is_beginning(*process)) return text("process %d can't be quiesced: it has just begun another program", process->pid);
  if (instance.guests && !instance.guests->unquiet().empty()) return instance.guests->unquiet();
  return "the application can't be quiesced: it keeps making processes";
}

// By one that did not stand still yet: the signal waits until the process goes on, and the stop is over.
static bool continued_since(Process &process) {
  constexpr uint64_t continues = 1ull << (SIGCONT - 1);
  for (Thread &thread : process.threads)
    for (const char *pending : {"ShdPnd", "SigPnd"})
      if (strtoull(last_word(thread.status[pending]).c_str(), nullptr, 16) & continues) return true;
  return false;
}

static void name_virtually(Instance &instance) {
  for (auto &process : instance.processes) {
    process->zombie = process->threads.empty();
    for (Thread &thread : process->threads) thread.status = parse_fields(proc_read(text("%d/task/%d/status", process->pid, thread.tid)));
    if (process->group_stopped && continued_since(*process)) process->group_stopped = false;
    Fields status = process->zombie ? parse_fields(proc_read(text("%d/status", process->pid))) : process->threads[0].status;
    process->virtual_pid = ids::on() ? ids::claim(process->pid) : atoi(last_word(status["NStgid"]).c_str());
    std::stable_sort(process->threads.begin(), process->threads.end(),
                     [&](const Thread &a, const Thread &b) { return (a.tid == process->pid) > (b.tid == process->pid); });
    process->leader = process->pid;
    if (process->zombie || process->threads[0].tid == process->pid) continue;
    process->pid = process->threads[0].tid;
    process->image.flags |= PROCESS_LEADER_ENDED;
  }
}

void suspend_application(Instance &instance, int limit_ms) {
  uint64_t limit = monotonic_us() + static_cast<uint64_t>(limit_ms) * 1000;
  // A parent in vfork is quiet only after its child has gone on to exec: so let all run for a while and try again.
  for (uint64_t patience = 20000;; patience = std::min<uint64_t>(patience * 2, 500000)) {
    first_interrupt_us = 0;
    bool quiet = try_suspend(instance, std::min(limit, monotonic_us() + patience));
    if (quiet) break;
    std::string words = describe_unquiet(instance);
    resume_application(instance); // FIG. 5, step 260: one isn't quiesced, the suspended processes are resumed
    if (monotonic_us() >= limit) refuse(EBUSY, "%s", words.c_str());
    for (uint64_t rest = monotonic_us() + patience; monotonic_us() < rest;) tracee::sleep_for_stop(static_cast<int>(patience));
  }
  if (first_interrupt_us == 0) first_interrupt_us = monotonic_us();
  name_virtually(instance);
}
