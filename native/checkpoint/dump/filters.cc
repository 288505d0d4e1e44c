#include "checkpoint/dump/filters.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <cerrno>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/filter-program.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/records.h"
#include "shared/arena.h"

static constexpr int get_filter = 0x420c, get_metadata = 0x420d, // PTRACE_SECCOMP_GET_FILTER, PTRACE_SECCOMP_GET_METADATA
    get_dispatch = 0x4211;                               // PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG

using Code = std::vector<sock_filter>;

// The library's filter begins with the number of the call and a comparison that is never true.
static bool is_library_filter(const Code &code) {
  return code.size() > 2 && code[0].code == (BPF_LD | BPF_W | BPF_ABS) && code[0].k == 0 && code[1].code == (BPF_JMP | BPF_JEQ | BPF_K) &&
         code[1].k == FILTER_MAGIC;
}

[[noreturn]] static void refuse_process(const Process &process, const char *what) {
  refuse(EOPNOTSUPP, "process %d has a seccomp filter %s, which can't be part of a template", process.virtual_pid, what);
}

// Restored, a thread gives back the restorer's memory and returns as from a signal, with its filters on.
static void check(const Process &process, const Code &code) {
  for (const sock_filter &step : code)
    if (step.code == (BPF_RET | BPF_K) && (step.k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF) refuse_process(process, "that asks another process");
  for (long call : {SYS_munmap, SYS_rt_sigreturn}) {
    uint32_t answer = run_filter(code, call) & SECCOMP_RET_ACTION_FULL;
    if (answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG) refuse_process(process, "that forbids munmap or rt_sigreturn");
  }
}

static uint32_t flags_of(pid_t tid, unsigned long index) {
  struct { uint64_t index, flags; } about{index, 0};
  return ptrace(static_cast<__ptrace_request>(get_metadata), tid, sizeof about, &about) < 0 ? 0 : static_cast<uint32_t>(about.flags);
}

// The newest `count`, which the kernel gives first; an image has the oldest first. Who may not look (a user, or whoever is under a filter himself)
// goes by their number: what was restored has one, and so has all that came of it.
static std::string filters_of(const Process &process, pid_t tid, unsigned long count, bool restored) {
  std::string out;
  for (unsigned long i = 0; i < count; i++) {
    long size = ptrace(static_cast<__ptrace_request>(get_filter), tid, i, nullptr);
    if (size < 0 && errno == ENOENT) break;
    if (size < 0) {
      if (count > 1 || !restored) refuse_process(process, "that only root, under no filter himself, may look at");
      break;
    }
    Code code(static_cast<size_t>(size));
    if (ptrace(static_cast<__ptrace_request>(get_filter), tid, i, code.data()) < 0) fail_call("read a filter of process %d", process.virtual_pid);
    if (is_library_filter(code)) continue;
    check(process, code);
    image_filter head{static_cast<uint32_t>(code.size()), flags_of(tid, i)};
    out.insert(0, Records::bytes_of(head) + std::string(reinterpret_cast<const char *>(code.data()), code.size() * sizeof code[0]));
  }
  return out;
}

// Whether the kernel sends the thread's calls to the preload library. Refused: to another place, or where that can't be told.
static bool dispatched_of(const Process &process, pid_t tid) {
  struct { uint64_t mode, selector, offset, length; } about{}; // struct ptrace_sud_config
  if (ptrace(static_cast<__ptrace_request>(get_dispatch), tid, sizeof about, &about) < 0) {
    if (process.direct_length) refuse(EOPNOTSUPP, "process %d has raw calls translated, which a kernel before 6.4 can't tell: it can't be part of a template", process.virtual_pid);
    return false;
  }
  if (about.mode && (!process.direct_length || about.offset != process.direct_start || about.length != process.direct_length || about.selector))
    refuse(EOPNOTSUPP, "process %d has system calls sent to itself (PR_SET_SYSCALL_USER_DISPATCH), which can't be part of a template", process.virtual_pid);
  return about.mode != 0;
}

static unsigned long filter_count(const Fields &status) {
  unsigned long count = strtoul(field(status, "Seccomp_filters").c_str(), nullptr, 10);
  return count ? count : field(status, "Seccomp") == "2";
}

unsigned long inherited_filters() {
  static const unsigned long count = filter_count(parse_fields(proc_read("self/status")));
  return count;
}

void read_filters(Process &process, bool restored) {
  for (Thread &thread : process.threads) {
    if (!thread.ended) thread.dispatched = dispatched_of(process, thread.tid);
    Fields &status = thread.status;
    if (status["Seccomp"] == "1") refuse(EOPNOTSUPP, "process %d is in seccomp's strict mode, which can't be part of a template", process.virtual_pid);
    unsigned long count = filter_count(status);
    if (count > inherited_filters()) thread.filters = filters_of(process, thread.tid, count - inherited_filters(), restored);
  }
}
