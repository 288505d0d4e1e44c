#include "checkpoint/dump/thread-state.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/interrupted-call.h"
#include "checkpoint/dump/scheduling.h"
#include "checkpoint/dump/settings.h"
#include "checkpoint/dump/signal-state.h"
#include "checkpoint/dump/tracee.h"
#include "checkpoint/dump/user-ids.h"

static constexpr unsigned long long compat_code_segment = 0x23;

struct RseqConfiguration { // struct ptrace_rseq_configuration
  uint64_t address;
  uint32_t size, signature, flags, pad;
};

static bool kernel_has_rseq() {
  static const bool has = syscall(SYS_rseq, nullptr, 0, 0, 0) == 0 || errno != ENOSYS;
  return has;
}

static RseqConfiguration read_rseq(pid_t tid) {
  RseqConfiguration out{};
  if (!kernel_has_rseq()) return out;
  if (ptrace(static_cast<__ptrace_request>(PTRACE_GET_RSEQ_CONFIGURATION), tid, sizeof out, &out) < 0) fail_call("read the restartable sequences of thread %d", tid);
  return out;
}

// Inside a restartable sequence any preemption is an abort: take it now, because an injected call makes the kernel forget
// that the thread was inside one.
static void abort_rseq(const Process &process, Thread &thread) {
  RseqConfiguration rseq = read_rseq(thread.tid);
  uint64_t section = 0;
  if (!rseq.address || !memory_there(process, rseq.address + 8, &section, sizeof section) || !section) return;
  struct { uint32_t version, flags; uint64_t start, length, abort; } cs;
  if (!memory_there(process, section, &cs, sizeof cs)) return;
  if (thread.regs.rip - cs.start >= cs.length) return;
  thread.regs.rip = cs.abort;
  tracee::write_registers(thread.tid, thread.regs);
}

void read_thread_registers(Process &process, Thread &thread) {
  thread.regs = tracee::read_registers(thread.tid);
  if (thread.regs.cs == compat_code_segment)
    refuse(EOPNOTSUPP, "process %d is a 32-bit program, which can't be part of a template", process.virtual_pid);
  // Its injected calls would have to return by it, and only an exec gives one.
  if (field(thread.status, "x86_Thread_features").find("shstk") != std::string::npos)
    refuse(EOPNOTSUPP, "process %d has a shadow stack (GLIBC_TUNABLES), which can't be part of a template", process.virtual_pid);
  abort_rseq(process, thread);
}

static void collect_credentials(const Process &process, const Thread &thread, image_thread &out) {
  const Fields &status = thread.status;
  std::vector<std::string> uids = split_words(field(status, "Uid")), gids = split_words(field(status, "Gid"));
  for (size_t i = 0; i < 4 && i < uids.size() && i < gids.size(); i++) {
    out.uid[i] = user_in_instance(process.pid, static_cast<uint32_t>(strtoul(uids[i].c_str(), nullptr, 10)));
    out.gid[i] = group_in_instance(process.pid, static_cast<uint32_t>(strtoul(gids[i].c_str(), nullptr, 10)));
  }
  out.cap_inheritable = strtoull(field(status, "CapInh").c_str(), nullptr, 16);
  out.cap_permitted = strtoull(field(status, "CapPrm").c_str(), nullptr, 16);
  out.cap_effective = strtoull(field(status, "CapEff").c_str(), nullptr, 16);
  out.cap_bounding = strtoull(field(status, "CapBnd").c_str(), nullptr, 16);
  out.cap_ambient = strtoull(field(status, "CapAmb").c_str(), nullptr, 16);
  std::string comm = proc_read(text("%d/task/%d/comm", process.pid, out.tid == static_cast<uint32_t>(process.virtual_pid) ? process.leader : thread.tid));
  if (!comm.empty()) comm.pop_back(); // the newline
  memcpy(out.comm, comm.data(), std::min(comm.size(), sizeof out.comm - 1));
}

static void collect_injected(Injector &injector, image_thread &out) {
  uint64_t at = injector.scratch();
  if (injector.ask("what is cleared at a thread's end", SYS_prctl, PR_GET_TID_ADDRESS, at) == 0) injector.fetch(&out.clear_child_tid, sizeof out.clear_child_tid);
  struct { uint64_t sp; int32_t flags, pad; uint64_t size; } stack{};
  if (injector.ask("its signal stack", SYS_sigaltstack, 0, at) == 0 && injector.fetch(&stack, sizeof stack)) {
    out.altstack_sp = stack.sp;
    out.altstack_size = stack.size;
    out.altstack_flags = static_cast<uint32_t>(stack.flags);
  }
  long securebits = injector.ask("its secure bits", SYS_prctl, PR_GET_SECUREBITS);
  if (securebits > 0) out.securebits = static_cast<uint32_t>(securebits);
}

// The kernel compares the thread ids in these words with its own, and a clone's threads have others.
static void refuse_held_locks(const Process &process, const Thread &thread, uint64_t robust_list) {
  uint64_t list[3] = {}; // first, offset, pending
  bool held = robust_list && read_memory(process.pid, robust_list, list, sizeof list) && (list[0] != robust_list || list[2]);
  long futex = static_cast<long>(thread.regs.orig_rax) == SYS_futex ? static_cast<long>(thread.regs.rsi & 0x7f) : -1;
  bool waits = futex == 6 /* FUTEX_LOCK_PI */ || futex == 11 /* FUTEX_WAIT_REQUEUE_PI */ || futex == 13 /* FUTEX_LOCK_PI2 */;
  if (held || waits)
    refuse(EOPNOTSUPP, "process %d %s, which can't be part of a template under the preload mechanism", process.virtual_pid,
           held ? "holds a robust mutex" : "waits for a mutex that inherits priority");
}

// A call that is made again, or is just about to be made, names system ids, which the library has translated before.
static void name_virtually(const Process &process, const Thread &thread, user_regs_struct &regs) {
  if (thread.dispatched && regs.rip - process.direct_start >= process.direct_length) return; // not translated yet
  uint8_t code[2] = {};
  if (!memory_there(process, regs.rip, code, sizeof code) || memcmp(code, "\x0f\x05", sizeof code) != 0) return;
  uint64_t first = regs.rdi, second = regs.rsi;
  ids::translate_call(regs.rax, first, second);
  regs.rdi = first;
  regs.rsi = second;
}

void collect_thread(Process &process, const Thread &thread, Injector &injector, Records &records) {
  image_thread out{};
  out.pid = static_cast<uint32_t>(process.virtual_pid);
  out.tid = static_cast<uint32_t>(thread.virtual_tid);
  user_regs_struct regs = restart_registers(process, thread.regs);
  if (ids::on()) name_virtually(process, thread, regs);
  out.flags = thread.dispatched ? THREAD_DISPATCHED : 0;
  static_assert(sizeof regs == sizeof out.regs);
  memcpy(out.regs, &regs, sizeof regs);
  out.sigmask = injector.signal_mask();
  RseqConfiguration rseq = read_rseq(thread.tid);
  out.rseq_address = rseq.address;
  out.rseq_size = rseq.size;
  out.rseq_signature = rseq.signature;
  size_t length = 0;
  void *head = nullptr;
  if (syscall(SYS_get_robust_list, thread.tid, &head, &length) != 0) fail_call("read the robust list of process %d", process.virtual_pid);
  if (ids::on()) refuse_held_locks(process, thread, reinterpret_cast<uint64_t>(head));
  out.robust_list = reinterpret_cast<uint64_t>(head);
  out.robust_list_size = head ? length : 0;
  collect_scheduling(process, thread.tid, out);
  collect_credentials(process, thread, out);
  collect_injected(injector, out);
  std::string xsave = tracee::read_xsave(thread.tid);
  pad_to_8(xsave);
  out.xsave_size = static_cast<uint32_t>(xsave.size());
  records.add(RECORD_THREAD, out.tid, "", Records::bytes_of(out) + xsave);
  if (thread.ended) return;
  collect_settings(process, thread, thread.tid == process.pid, injector, records);
  collect_pending(thread, out.tid, false, records);
  if (!thread.filters.empty()) records.add(RECORD_SECCOMP, out.tid, "", thread.filters);
}
