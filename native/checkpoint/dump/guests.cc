#include "checkpoint/dump/guests.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/stopping.h"
#include "checkpoint/dump/suspend.h"
#include "checkpoint/dump/tracee.h"

// How long one that can't be interrupted may go on with what it does in the kernel: it may be a write, or a name that the view's server is just
// changing for it. The first attempts are shorter, and fail: the application runs on meanwhile.
static constexpr uint64_t patience_us = 300000;

Guests::Guests(pid_t init) : init_(init) {
  struct stat space;
  // What shares everything with the host has no inside that one could come into.
  if (proc_stat(text("%d/ns/mnt", init), space) && space.st_ino != mount_namespace_outside()) space_ = space.st_ino;
}

Guests::~Guests() {
  if (!tracer_) return;
  tracer_->run([&] {
    for (auto &process : processes_) let_go(*process);
  });
}

bool Guests::holds(pid_t pid) const {
  return std::any_of(processes_.begin(), processes_.end(), [pid](const auto &process) { return process->pid == pid; });
}

// A process of the application has the init above it, one that came from outside whoever sent it.
bool Guests::is_guest(pid_t pid) const {
  constexpr int tries = 10; // a parent may end while it is looked at, and then there is another
  for (int i = 0; i < tries; i++) {
    for (pid_t at = pid; at > 1;) {
      Fields status = parse_fields(proc_read_optional(text("%d/status", at)));
      if (status.empty()) {
        if (at == pid) return false;
        break;
      }
      if (at == pid && atoi(status["Tgid"].c_str()) != pid) return false; // a thread
      at = atoi(status["PPid"].c_str());
      if (at == init_ || at == getpid()) return false;
      if (at <= 1) return true;
    }
  }
  return false;
}

// New processes have new numbers, so only those are looked at that were given since the last look.
static std::vector<pid_t> given_since(pid_t last, pid_t now) {
  constexpr pid_t most = 4096;
  if (last < 0 || now < last || now - last > most) return proc_numbers(".");
  std::vector<pid_t> out(static_cast<size_t>(now - last));
  std::iota(out.begin(), out.end(), last + 1);
  return out;
}

// By their mount namespace, and those that have made one of their own by their parents.
std::vector<pid_t> Guests::newcomers() {
  pid_t now = atoi(last_word(proc_read("loadavg")).c_str()); // first, so that none is missed
  std::vector<pid_t> out;
  auto add = [&](pid_t pid) {
    if (!holds(pid) && std::find(out.begin(), out.end(), pid) == out.end()) out.push_back(pid);
  };
  for (pid_t pid : given_since(last_pid_, now)) {
    struct stat space;
    if (pid == init_ || pid == getpid() || !proc_stat(text("%d/ns/mnt", pid), space)) continue;
    if (space.st_ino == space_ && is_guest(pid)) add(pid);
  }
  last_pid_ = now;
  std::vector<pid_t> children;
  for (const auto &process : processes_) append_children(process->pid, children);
  for (pid_t pid : children) add(pid);
  for (size_t i = 0; i < out.size(); i++) {
    children.clear();
    append_children(out[i], children);
    for (pid_t pid : children) add(pid);
  }
  return out;
}

bool Guests::stop(uint64_t until_us) {
  if (space_ == 0) return true;
  for (;;) {
    std::vector<pid_t> found = newcomers();
    if (found.empty()) return true;
    if (!tracer_) tracer_ = std::make_unique<TracerThread>();
    for (pid_t pid : found) {
      processes_.push_back(std::make_unique<Process>());
      processes_.back()->pid = pid;
    }
    bool stopped = false;
    tracer_->run([&] { stopped = stop_processes(until_us); });
    if (!stopped) return false;
  }
}

bool Guests::stop_processes(uint64_t until_us) {
  uint64_t patient_until = monotonic_us() + patience_us;
  for (;;) {
    bool found = false;
    for (auto &process : processes_) found |= ask_to_stop(*process, [](pid_t) {});
    uint64_t now = monotonic_us();
    if (quiet(now < patient_until) && !found) return true;
    if (now >= until_us) {
      describe_unquiet();
      return false;
    }
    tracee::sleep_for_stop(1000);
  }
}

// In a fork call, and not to be interrupted: it waits for a child (vfork), who stands still.
static bool waits_for_child(pid_t tid) {
  long number = strtol(proc_read_optional(text("%d/syscall", tid)).c_str(), nullptr, 10);
  return number == SYS_vfork || number == SYS_clone || number == SYS_clone3;
}

// What can't be interrupted stops before its next instruction: there is only what it does in the kernel just now.
static bool is_as_good_as_still(const Process &process, pid_t tid, bool patient) {
  std::vector<std::string> stat = parse_stat(proc_read_optional(text("%d/task/%d/stat", process.pid, tid)));
  return !stat.empty() && stat[0] == "D" && (!patient || waits_for_child(tid));
}

bool Guests::quiet(bool patient) {
  bool all = true;
  for (auto &process : processes_) {
    for (Thread &thread : process->threads)
      if (!stands_still(*process, thread) && !is_as_good_as_still(*process, thread.tid, patient)) all = false;
    std::erase_if(process->threads, [](const Thread &thread) { return thread.tid == 0; });
  }
  return all;
}

void Guests::describe_unquiet() {
  for (const auto &process : processes_)
    for (const Thread &thread : process->threads)
      if (!thread.stopped) {
        Fields status = parse_fields(proc_read_optional(text("%d/task/%d/status", process->pid, thread.tid)));
        unquiet_ = text("%s, which exec brought in, can't be quiesced: it stays in state %s", status["Name"].c_str(), status["State"].c_str());
      }
}
