#include "checkpoint/dump/inject.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/tracee.h"

static constexpr int patience_ms = 5000; // an injected call never blocks; this long only when the machine is overloaded

Injector::Injector(Process &process, Thread &thread) : process_(process), thread_(thread) {
  if (process_.scratch_restore && !read_memory(process_.pid, process_.scratch, saved_scratch_, scratch_size))
    fail_call("read the memory of process %d", process_.virtual_pid);
  signal_mask_ = tracee::read_signal_mask(thread_.tid);
  tracee::set_options(thread_.tid, PTRACE_O_TRACESYSGOOD | PTRACE_O_SUSPEND_SECCOMP);
  tracee::write_signal_mask(thread_.tid, ~0ull);
  begun_ = true;
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

static tracee::Stop step_to_stop(const Process &process, pid_t tid, int request) {
  tracee::resume(tid, request, 0);
  for (;;) {
    tracee::Stop stop = tracee::wait_stop(tid, patience_ms);
    if (stop.kind == tracee::Stop::none) refuse(EBUSY, "process %d can't be quiesced: an injected call does not return", process.virtual_pid);
    if (stop.kind == tracee::Stop::ended) refuse(ESRCH, "process %d ended while it was being saved", process.virtual_pid);
    if (stop.kind == tracee::Stop::syscall || stop.kind == tracee::Stop::event) return stop;
    if (request == PTRACE_CONT && (stop.kind == tracee::Stop::trap || stop.kind == tracee::Stop::group)) return stop;
    // SIGSTOP can't be blocked: it is passed on and the stop it makes is passed by; at the detach the kernel stops it again.
    tracee::resume(tid, request, stop.kind == tracee::Stop::signal ? stop.signal_number : 0);
  }
}

static user_regs_struct call_registers(user_regs_struct regs, uint64_t at, long number, const uint64_t (&arguments)[6]) {
  regs.rip = at;
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
  tracee::write_registers(thread_.tid, call_registers(thread_.regs, process_.syscall_at, number, {a, b, c, d, e, f}));
  step_to_stop(process_, thread_.tid, PTRACE_SYSCALL); // at its entry
  step_to_stop(process_, thread_.tid, PTRACE_SYSCALL); // at its return
  return static_cast<long>(tracee::read_registers(thread_.tid).rax);
}

pid_t Injector::clone_task(uint64_t flags, uint64_t stack, long &virtual_pid) {
  user_regs_struct regs = call_registers(thread_.regs, process_.syscall_at, 56 /* clone */, {flags, stack, 0, 0, 0, 0});
  tracee::write_registers(thread_.tid, regs);
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
  if (process_.scratch_restore) write_memory(process_.pid, process_.scratch, saved_scratch_, scratch_size);
  // Back through the kernel's signal code, the only place from which it restarts an interrupted call.
  tracee::write_registers(thread_.tid, thread_.regs);
  if (tracee::interrupt(thread_.tid)) step_to_stop(process_, thread_.tid, PTRACE_CONT);
  tracee::write_registers(thread_.tid, thread_.regs);
  tracee::write_signal_mask(thread_.tid, signal_mask_);
  tracee::set_options(thread_.tid, 0);
}

bool read_memory(pid_t pid, uint64_t address, void *out, size_t size) {
  iovec local{out, size}, remote{reinterpret_cast<void *>(address), size};
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool write_memory(pid_t pid, uint64_t address, const void *in, size_t size) {
  iovec local{const_cast<void *>(in), size}, remote{reinterpret_cast<void *>(address), size};
  return process_vm_writev(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

static void read_arena(Process &process) {
  arena head;
  constexpr size_t needed = offsetof(arena, range_count);
  if (!read_memory(process.pid, ARENA_BASE, &head, needed)) return;
  if (head.magic != ARENA_MAGIC || head.version != ARENA_VERSION) return;
  process.image.flags |= PROCESS_HAS_ARENA;
  process.agent_syscall = head.agent_syscall;
  process.arena_table = head.table;
}

static uint64_t find_syscall_instruction(const Process &process) {
  for (const Mapping &mapping : process.mappings) {
    if (mapping.path != "[vdso]") continue;
    std::vector<uint8_t> code(mapping.size());
    if (!read_memory(process.pid, mapping.start, code.data(), code.size())) continue;
    static const uint8_t instruction[2] = {0x0f, 0x05};
    if (void *found = memmem(code.data(), code.size(), instruction, sizeof instruction))
      return mapping.start + static_cast<uint64_t>(static_cast<uint8_t *>(found) - code.data());
  }
  return 0;
}

// What lies well below the leader's stack pointer is dead by the ABI's own rule (128 bytes of red zone), so results written
// there harm nobody, even if this program is killed in the middle. Else any writable memory does, and is put back.
static void find_scratch(Process &process) {
  uint64_t low = (process.threads[0].regs.rsp - 128 - 2 * Injector::scratch_size) & ~63ull;
  const int read_write = PROT_READ | PROT_WRITE;
  for (const Mapping &mapping : process.mappings)
    if (low >= mapping.start && low + Injector::scratch_size <= mapping.end && !mapping.shared && (mapping.prot & read_write) == read_write) {
      process.scratch = low;
      return;
    }
  process.scratch_restore = true;
  for (const Mapping &mapping : process.mappings)
    if (!mapping.shared && !mapping.special() && (mapping.prot & read_write) == read_write) {
      process.scratch = mapping.start;
      return;
    }
  refuse(ENOMEM, "process %d has no writable memory", process.virtual_pid);
}

void prepare_injection(Process &process) {
  for (const Mapping &mapping : process.mappings)
    if (mapping.start == ARENA_BASE) read_arena(process);
  uint8_t code[2] = {0, 0};
  if (process.agent_syscall && read_memory(process.pid, process.agent_syscall, code, 2) && code[0] == 0x0f && code[1] == 0x05)
    process.syscall_at = process.agent_syscall;
  else
    process.syscall_at = find_syscall_instruction(process);
  if (!process.syscall_at) refuse(EOPNOTSUPP, "process %d has no vdso to make calls from", process.virtual_pid);
  find_scratch(process);
}
