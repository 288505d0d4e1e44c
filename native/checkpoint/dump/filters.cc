#include "checkpoint/dump/filters.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ptrace.h>

#include <cerrno>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "shared/arena.h"

static constexpr int get_filter = 0x420c; // PTRACE_SECCOMP_GET_FILTER

// The library's filter begins with the number of the call and a comparison that is never true.
static bool is_library_filter(const std::vector<sock_filter> &code) {
  return code.size() > 2 && code[0].code == (BPF_LD | BPF_W | BPF_ABS) && code[0].k == 0 && code[1].code == (BPF_JMP | BPF_JEQ | BPF_K) &&
         code[1].k == FILTER_MAGIC;
}

[[noreturn]] static void refuse_process(const Process &process) {
  refuse(EOPNOTSUPP, "process %d has a seccomp filter of its own, which can't be part of a template", process.virtual_pid);
}

// Newest first; ENOENT behind the last. A kernel or user that may not look is told by their number: a clone has one.
static void look_at_filters(const Process &process, pid_t tid, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) {
    long size = ptrace(static_cast<__ptrace_request>(get_filter), tid, i, nullptr);
    if (size < 0 && errno == ENOENT) return;
    if (size < 0) {
      if (count > 1 || !(process.image.flags & PROCESS_HAS_ARENA)) refuse_process(process);
      return;
    }
    std::vector<sock_filter> code(static_cast<size_t>(size));
    if (ptrace(static_cast<__ptrace_request>(get_filter), tid, i, code.data()) < 0) fail_call("read a filter of process %d", process.virtual_pid);
    if (!is_library_filter(code)) refuse_process(process);
  }
}

void refuse_own_filters(const Process &process) {
  for (const Thread &thread : process.threads) {
    Fields status = parse_fields(proc_read(text("%d/task/%d/status", process.pid, thread.tid)));
    if (status["Seccomp"] == "1") refuse_process(process);
    unsigned long count = strtoul(status["Seccomp_filters"].c_str(), nullptr, 10);
    if (status["Seccomp"] == "2") look_at_filters(process, thread.tid, count ? count : 1);
  }
}
