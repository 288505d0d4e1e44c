#include "checkpoint/dump/stopping.h"

#include <sys/ptrace.h>

#include <algorithm>

#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/interrupted-call.h"
#include "checkpoint/dump/tracee.h"
#include "checkpoint/dump/failure.h"

bool has_ended(pid_t pid, pid_t tid) {
  std::vector<std::string> stat = parse_stat(proc_read_optional(text("%d/task/%d/stat", pid, tid)));
  return !stat.empty() && (stat[0] == "Z" || stat[0] == "X");
}

bool ask_to_stop(Process &process, const std::function<void(pid_t)> &refused) {
  bool found = false;
  for (int tid : proc_numbers(text("%d/task", process.pid))) {
    auto known = [tid](const Thread &thread) { return thread.tid == tid; };
    if (std::any_of(process.threads.begin(), process.threads.end(), known)) continue;
    if (has_ended(process.pid, tid)) continue;
    tracee::Seized seized = tracee::seize(tid);
    if (seized == tracee::Seized::gone) continue;
    if (seized == tracee::Seized::traced) {
      if (!has_ended(process.pid, tid)) refused(process.pid);
      continue;
    }
    tracee::interrupt(tid);
    Thread thread;
    thread.tid = tid;
    process.threads.push_back(thread);
    found = true;
  }
  return found;
}

// At once, before anything can go wrong: whatever becomes of the snapshot, the program must not see an EINTR of ours.
static bool note_stopped(Thread &thread) {
  thread.stopped = true;
  user_regs_struct regs = tracee::read_registers(thread.tid);
  if (make_restartable(regs)) tracee::write_registers(thread.tid, regs);
  return true;
}

bool stands_still(Process &process, Thread &thread) {
  if (thread.stopped) return true;
  tracee::Stop stop = tracee::poll_stop(thread.tid);
  switch (stop.kind) {
    case tracee::Stop::none: return false;
    case tracee::Stop::ended: thread.tid = 0; return true;
    case tracee::Stop::group: process.group_stopped = true; return note_stopped(thread);
    case tracee::Stop::trap: return note_stopped(thread);
    case tracee::Stop::signal:
      // A signal was on its way: the thread takes it now, and stops again before its handler's first instruction.
      tracee::resume(thread.tid, PTRACE_CONT, stop.signal_number);
      return false;
    default: tracee::resume(thread.tid, PTRACE_CONT, 0); return false;
  }
}

void let_go(Process &process) {
  for (Thread &thread : process.threads)
    if (thread.stopped) tracee::detach(thread.tid);
  std::erase_if(process.threads, [](const Thread &thread) { return thread.stopped; });
}
