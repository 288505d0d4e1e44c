#include "checkpoint/dump/inject.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/interrupted-call.h"
#include "checkpoint/dump/own-library.h"
#include "checkpoint/dump/tracee.h"
#include "checkpoint/dump/way-home.h"

// An injected call never blocks. One that is at work (the fork of much memory, on a machine with other work too) is waited for six times as long.
static constexpr int patience_ms = 5000, most_waits = 6;

Injector::Injector(Process &process, Thread &thread) : process_(process), thread_(thread) {
  signal_mask_ = tracee::read_signal_mask(thread_.tid);
  prepare_scratch();
  tracee::set_options(thread_.tid, PTRACE_O_TRACESYSGOOD | PTRACE_O_SUSPEND_SECCOMP);
  begun_ = true;
  tracee::write_signal_mask(thread_.tid, ~0ull);
}

void Injector::prepare_scratch() {
  if (!process_.scratch) return;
  homeward_ = process_.sigreturn_at != 0;
  std::string frames(results_size, '\0');
  if (homeward_) frames = build_frames(process_, restart_registers(process_, thread_.regs), signal_mask_, tracee::read_xsave(thread_.tid));
  saved_scratch_.resize(frames.size());
  if (!read_memory(process_.pid, process_.scratch, saved_scratch_.data(), saved_scratch_.size()))
    fail_call("read the memory of process %d", process_.virtual_pid);
  if (homeward_ && !write_memory(process_.pid, process_.scratch, frames.data(), frames.size()))
    fail_call("write the memory of process %d", process_.virtual_pid);
}

Injector::~Injector() {
  try {
    finish();
  } catch (const Failure &) {
    // The thread has been killed in the meantime: nothing of it is left to put back.
  }
}

void Injector::set_extra_options(int options) {
  tracee::set_options(thread_.tid, PTRACE_O_TRACESYSGOOD | PTRACE_O_SUSPEND_SECCOMP | options);
}

static bool is_at_work(pid_t tid) {
  std::vector<std::string> stat = parse_stat(proc_read_optional(text("%d/stat", tid)));
  return !stat.empty() && (stat[0] == "R" || stat[0] == "D");
}

static tracee::Stop step_to_stop(const Process &process, pid_t tid, int request) {
  tracee::resume(tid, request, 0);
  for (int waits = 1;;) {
    tracee::Stop stop = tracee::wait_stop(tid, patience_ms);
    if (stop.kind == tracee::Stop::none && waits++ < most_waits && is_at_work(tid)) continue;
    if (stop.kind == tracee::Stop::none) refuse(EBUSY, "process %d can't be quiesced: an injected call does not return", process.virtual_pid);
    if (stop.kind == tracee::Stop::ended) refuse(ESRCH, "process %d ended while it was being saved", process.virtual_pid);
    if (stop.kind == tracee::Stop::syscall || stop.kind == tracee::Stop::event) return stop;
    if (request == PTRACE_CONT && (stop.kind == tracee::Stop::trap || stop.kind == tracee::Stop::group)) return stop;
    // SIGSTOP can't be blocked: it is passed on and the stop it makes is passed by; at the detach the kernel stops it again.
    tracee::resume(tid, request, stop.kind == tracee::Stop::signal ? stop.signal_number : 0);
  }
}

user_regs_struct Injector::call_registers(long number, const uint64_t (&arguments)[6]) const {
  user_regs_struct regs = thread_.regs;
  regs.rip = process_.syscall_at;
  if (homeward_) regs.rsp = process_.scratch + home_frame_at;
  regs.orig_rax = ~0ull; // no call is in progress: the kernel has none to restart
  regs.rax = static_cast<uint64_t>(number);
  regs.rdi = arguments[0];
  regs.rsi = arguments[1];
  regs.rdx = arguments[2];
  regs.r10 = arguments[3];
  regs.r8 = arguments[4];
  regs.r9 = arguments[5];
  return regs;
}

long Injector::call(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  tracee::write_registers(thread_.tid, call_registers(number, {a, b, c, d, e, f}));
  step_to_stop(process_, thread_.tid, PTRACE_SYSCALL); // at its entry
  step_to_stop(process_, thread_.tid, PTRACE_SYSCALL); // at its return
  return static_cast<long>(tracee::read_registers(thread_.tid).rax);
}

long Injector::ask(const char *what, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  long answer = call(number, a, b, c, d, e);
  bool failed = answer < 0 && answer > -4096;
  if (failed && answer != -EINVAL && answer != -ENOSYS) {
    errno = static_cast<int>(-answer);
    fail_call("ask process %d for %s", process_.virtual_pid, what);
  }
  return answer;
}

bool Injector::fetch(void *out, size_t size) const {
  if (!read_memory(process_.pid, process_.scratch, out, size)) fail_call("read the memory of process %d", process_.virtual_pid);
  return true;
}

pid_t Injector::clone_task(uint64_t flags, bool own_end, long &virtual_pid) {
  // Stack 0 is the caller's own; one at address 8 is none at all: a task that is left alone there dies of its first step.
  uint64_t stack = !own_end ? 0 : homeward_ ? process_.scratch + exit_frame_at : 8;
  tracee::write_registers(thread_.tid, call_registers(SYS_clone, {flags, stack, 0, 0, 0, 0}));
  step_to_stop(process_, thread_.tid, PTRACE_SYSCALL);
  tracee::Stop stop = step_to_stop(process_, thread_.tid, PTRACE_SYSCALL);
  pid_t child = 0;
  if (stop.kind == tracee::Stop::event) {
    child = static_cast<pid_t>(tracee::event_message(thread_.tid));
    step_to_stop(process_, thread_.tid, PTRACE_SYSCALL);
  }
  virtual_pid = static_cast<long>(tracee::read_registers(thread_.tid).rax);
  return child;
}

void Injector::finish() {
  if (!begun_) return;
  begun_ = false;
  // Back through the kernel's signal code, the only place from which it restarts an interrupted call.
  tracee::write_registers(thread_.tid, thread_.regs);
  if (tracee::interrupt(thread_.tid)) step_to_stop(process_, thread_.tid, PTRACE_CONT);
  tracee::write_registers(thread_.tid, thread_.regs);
  tracee::write_signal_mask(thread_.tid, signal_mask_);
  tracee::set_options(thread_.tid, 0);
  // Last: until here the way home leads through it.
  if (!saved_scratch_.empty()) write_memory(process_.pid, process_.scratch, saved_scratch_.data(), saved_scratch_.size());
}

bool read_memory(pid_t pid, uint64_t address, void *out, size_t size) {
  iovec local{out, size}, remote{reinterpret_cast<void *>(address), size};
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool memory_there(const Process &process, uint64_t address, void *out, size_t size) {
  errno = EFAULT; // of a part that was read nothing is said
  if (read_memory(process.pid, address, out, size)) return true;
  if (errno != EFAULT) fail_call("read the memory of process %d", process.virtual_pid);
  return false;
}

bool write_memory(pid_t pid, uint64_t address, const void *in, size_t size) {
  iovec local{const_cast<void *>(in), size}, remote{reinterpret_cast<void *>(address), size};
  return process_vm_writev(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

static void read_reserves(Process &process) {
  uint32_t count = 0;
  if (!memory_there(process, ARENA_BASE + offsetof(arena, file_count), &count, sizeof count)) return;
  process.reserves.resize(std::min<uint32_t>(count, ARENA_FILES));
  if (process.reserves.empty()) return;
  if (!read_memory(process.pid, ARENA_BASE + offsetof(arena, files), process.reserves.data(), process.reserves.size() * sizeof(arena_file)))
    fail_call("read the memory of process %d", process.virtual_pid);
}

static void check_undo(const Process &process) {
  uint32_t undo[2] = {};
  if (memory_there(process, ARENA_BASE + offsetof(arena, undo_pid), undo, sizeof undo) && undo[0] == static_cast<uint32_t>(ids::on() ? process.pid : process.virtual_pid) && undo[1])
    refuse(EOPNOTSUPP, "process %d has changed more semaphores with SEM_UNDO than can be part of a template", process.virtual_pid);
}

// The preload library keeps the instructions at known places, and the end of its arena is nobody's.
static bool use_arena(Process &process) {
  arena head;
  constexpr size_t needed = offsetof(arena, range_count);
  if (!memory_there(process, ARENA_BASE, &head, needed)) return false;
  if (head.magic != ARENA_MAGIC || head.version != ARENA_VERSION) return false;
  process.arena_table = head.table;
  if (!has_own_library(process)) return false;
  process.image.flags |= PROCESS_HAS_ARENA;
  process.direct_start = head.direct_start;
  process.direct_length = head.direct_length;
  read_reserves(process);
  check_undo(process);
  uint8_t code[3] = {};
  static_assert(offsetof(arena, direct_length) < needed);
  uint64_t call = head.direct_length ? head.agent_syscall : head.raw_syscall - 2;
  if (!head.sigsys_restorer || !memory_there(process, call, code, sizeof code) || memcmp(code, "\x0f\x05\xc3", sizeof code) != 0) return false;
  static_assert(sizeof(arena) + scratch_area <= ARENA_SIZE);
  process.syscall_at = call;
  process.sigreturn_at = head.sigsys_restorer;
  process.scratch = ARENA_BASE + ARENA_SIZE - scratch_area;
  return true;
}

static uint64_t find_vdso_call(const Process &process) {
  for (const Mapping &mapping : process.mappings) {
    if (mapping.path != "[vdso]") continue;
    std::string code(mapping.size(), '\0');
    if (!read_memory(process.pid, mapping.start, code.data(), code.size())) continue;
    if (void *found = memmem(code.data(), code.size(), "\x0f\x05", 2))
      return mapping.start + static_cast<uint64_t>(static_cast<char *>(found) - code.data());
  }
  return 0;
}

// The far end of the main stack is not in use unless the stack is nearly full, and no thread reaches it soon: the frames
// there are safe from the other threads if all run on at once. Else any writable memory does, for results only.
static void find_scratch(Process &process) {
  constexpr int read_write = PROT_READ | PROT_WRITE;
  uint64_t sp = process.threads[0].regs.rsp;
  for (const Mapping &mapping : process.mappings)
    if (mapping.path == "[stack]" && mapping.size() >= 4 * scratch_area && (sp < mapping.start || sp >= mapping.start + 2 * scratch_area)) {
      process.scratch = mapping.start;
      return;
    }
  process.sigreturn_at = 0;
  for (const Mapping &mapping : process.mappings)
    if (!mapping.shared && !mapping.special() && (mapping.prot & read_write) == read_write) {
      process.scratch = mapping.start;
      return;
    }
  refuse(ENOMEM, "process %d has no writable memory", process.virtual_pid);
}

void prepare_injection(Process &process) {
  for (const Mapping &mapping : process.mappings)
    if (mapping.start == ARENA_BASE && use_arena(process)) return;
  if (!find_way_home(process)) process.syscall_at = find_vdso_call(process);
  if (!process.syscall_at) refuse(EOPNOTSUPP, "process %d has no instruction to make calls from", process.virtual_pid);
  find_scratch(process);
}
