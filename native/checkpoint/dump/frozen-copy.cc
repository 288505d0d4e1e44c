#include "checkpoint/dump/frozen-copy.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <functional>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/inject.h"
#include "checkpoint/dump/landlock.h"
#include "checkpoint/dump/tracee.h"
#include "checkpoint/dump/way-home.h"

static constexpr char helper_name[16] = "appshot-copier";
static constexpr uint64_t name_at = results_at;
static constexpr int trace_new_tasks = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;

bool kill_surely(pid_t pid) {
  for (int tries = 0; tries < 3; tries++)
    if (kill(pid, SIGKILL) == 0 || errno == ESRCH) return true;
  return false;
}

static void kill_task(pid_t pid) {
  if (!kill_surely(pid)) return; // it ends with this program, which traces it
  int status;
  while (waitpid(pid, &status, __WALL) == pid && !WIFEXITED(status) && !WIFSIGNALED(status)) continue;
}

// The helper: shares the process's memory (so it costs nothing), has an empty descriptor table of its own (so that no
// pipe, socket or lock of the application is held open by what follows), and makes the copy, which then is its child. When
// the helper ends the copy passes to the instance's init, which reaps whatever it is given.
static void by_helper(Process &process, pid_t helper, const std::function<void(Injector &)> &work) {
  Thread task;
  task.tid = helper;
  task.regs = tracee::read_registers(helper);
  Process body; // the helper has the same memory: the same instruction
  body.pid = process.pid;
  body.virtual_pid = process.virtual_pid;
  body.syscall_at = process.syscall_at; // no way home: should this program be killed, so is the helper
  Injector injector(body, task);
  // Known by it even when it is killed: until it has it, it ends itself.
  injector.call(SYS_prctl, PR_SET_NAME, process.scratch + name_at);
  injector.set_extra_options(trace_new_tasks | PTRACE_O_EXITKILL); // the copy inherits both
  work(injector);
  injector.abandon();
}

// A child of the application's own can have no signal either, and be killed.
bool leftover_helper(const std::string &content) {
  constexpr unsigned long long no_signal = 0, killed = SIGKILL, ended_itself = helper_exit_code << 8;
  std::vector<std::string> stat = parse_stat(content);
  unsigned long long code = stat_number(stat, 52);
  if (stat.empty() || stat[0] != "Z" || stat_number(stat, 38) != no_signal) return false;
  return code == ended_itself || (code == killed && content.find(std::string("(") + helper_name + ")") != std::string::npos);
}

static void collect_leftovers(const Process &process, Injector &injector) {
  for (const std::string &child : split_words(proc_read_optional(text("%d/task/%d/children", process.pid, process.pid)))) {
    if (!leftover_helper(proc_read_optional(child + "/stat"))) continue;
    Fields status = parse_fields(proc_read_optional(child + "/status"));
    injector.call(SYS_wait4, strtoull(last_word(status["NSpid"]).c_str(), nullptr, 10), 0, __WALL | WNOHANG, 0);
  }
}

static void with_helper(Process &process, const std::function<void(Injector &)> &work) {
  Thread &leader = process.threads[0];
  Injector injector(process, leader);
  // Orphans go to the nearest subreaper above them; for this moment that must be nobody but init.
  bool subreaper = process.image.flags & PROCESS_CHILD_SUBREAPER;
  if (subreaper) injector.ask("no descendants for a moment", SYS_prctl, PR_SET_CHILD_SUBREAPER, 0);
  injector.set_extra_options(trace_new_tasks);
  collect_leftovers(process, injector);
  long helper_virtual = 0;
  // Exit signal 0: its end sends no SIGCHLD.
  pid_t helper = injector.clone_task(CLONE_VM | CLONE_FILES | CLONE_FS, true, helper_virtual);
  if (helper) {
    bool named = write_memory(process.pid, process.scratch + name_at, helper_name, sizeof helper_name);
    if (named && tracee::wait_stop(helper, 5000).kind == tracee::Stop::trap) by_helper(process, helper, work);
    kill_task(helper);
    // Its parent collects it while nothing else of the process runs: no wait() of the application ever sees it.
    injector.call(SYS_wait4, static_cast<uint64_t>(helper_virtual), 0, __WALL, 0);
  }
  if (subreaper) injector.call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
  // The copy was made in the middle of an injected call: it gets its memory as the application left it.
  const std::string &saved = injector.saved_scratch();
  if (process.copy) write_memory(process.copy, process.scratch, saved.data(), saved.size());
}

// Not as the process that it is a copy of, which goes on: a real-time thread that never rests, on the one processor that both may use, would leave
// it no moment to end in. Where that is forbidden it only takes longer.
static void schedule_as_this_program(pid_t copy) {
  const sched_param no_priority{};
  cpu_set_t processors;
  sched_setscheduler(copy, SCHED_OTHER, &no_priority);
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) sched_setaffinity(copy, sizeof processors, &processors);
}

bool make_frozen_copy(Process &process) {
  with_helper(process, [&](Injector &helper) {
    long virtual_pid = 0;
    if (helper.call(SYS_close_range, 0, ~0u, 2 /* CLOSE_RANGE_UNSHARE */) == 0) process.copy = helper.clone_task(0, false, virtual_pid);
    look_for_confinement(process, helper); // the copy is made: what it tries is the helper's alone
  });
  if (process.copy) schedule_as_this_program(process.copy);
  if (process.copy && tracee::wait_stop(process.copy, 5000).kind != tracee::Stop::trap) kill_frozen_copy(process);
  return process.copy != 0;
}

void try_confinement(Process &process) {
  if (process.surely_free) return;
  with_helper(process, [&](Injector &helper) { look_for_confinement(process, helper); });
}

void kill_frozen_copy(Process &process) {
  if (!process.copy) return;
  kill_task(process.copy);
  process.copy = 0;
}
