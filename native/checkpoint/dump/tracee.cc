#include "checkpoint/dump/tracee.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cerrno>
#include <ctime>

#include "checkpoint/dump/concurrently.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/filters.h"
#include "checkpoint/dump/user-namespace.h"

namespace tracee {

void block_child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) fail_call("block SIGCHLD");
}

Seized seize(pid_t tid) {
  if (ptrace(PTRACE_SEIZE, tid, nullptr, nullptr) == 0) return Seized::yes;
  if (errno == ESRCH) return Seized::gone;
  if (errno == EPERM) return Seized::traced;
  fail_call("trace thread %d", tid);
}

bool interrupt(pid_t tid) { return ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr) == 0; }

void detach(pid_t tid) { ptrace(PTRACE_DETACH, tid, nullptr, nullptr); } // fails only for a thread that is gone

static Stop decode(int status) {
  Stop out;
  if (!WIFSTOPPED(status)) {
    out.kind = Stop::ended;
    return out;
  }
  out.signal_number = WSTOPSIG(status);
  out.event_number = status >> 16;
  if (out.event_number == PTRACE_EVENT_STOP) out.kind = out.signal_number == SIGTRAP ? Stop::trap : Stop::group;
  else if (out.event_number) out.kind = Stop::event;
  else if (out.signal_number == (SIGTRAP | 0x80)) out.kind = Stop::syscall;
  else out.kind = Stop::signal;
  return out;
}

Stop poll_stop(pid_t tid) {
  int status;
  pid_t got = waitpid(tid, &status, __WALL | WNOHANG);
  if (got == tid) return decode(status);
  Stop out;
  if (got < 0) out.kind = Stop::ended;
  return out;
}

void sleep_for_stop(int timeout_us) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  timespec limit{timeout_us / 1000000, timeout_us % 1000000 * 1000L};
  sigtimedwait(&set, nullptr, &limit); // whether it came or the time is over: the caller polls again
}

Stop wait_stop(pid_t tid, int timeout_ms) {
  timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (;;) {
    Stop stop = poll_stop(tid);
    if (stop.kind != Stop::none) {
      note_progress();
      return stop;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    long passed = (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000;
    if (passed >= timeout_ms) return stop;
    pause_for_stop(2000); // a SIGCHLD of another thread may have swallowed this one's: look again soon
  }
}

void resume(pid_t tid, int request, int signal_number) {
  if (ptrace(static_cast<__ptrace_request>(request), tid, nullptr, signal_number) != 0 && errno != ESRCH)
    fail_call("resume thread %d", tid);
}

void set_options(pid_t tid, int options) {
  // Only those with rights over the machine, and under no filter themselves, may. What is met then is that filter, and the library's, which minds no injected call.
  if (in_user_namespace() || inherited_filters() > 0) options &= ~PTRACE_O_SUSPEND_SECCOMP;
  if (ptrace(PTRACE_SETOPTIONS, tid, nullptr, options) != 0) fail_call("set the trace options of thread %d", tid);
}

user_regs_struct read_registers(pid_t tid) {
  user_regs_struct regs{};
  iovec part{&regs, sizeof regs};
  if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &part) != 0) fail_call("read the registers of thread %d", tid);
  return regs;
}

void write_registers(pid_t tid, const user_regs_struct &regs) {
  iovec part{const_cast<user_regs_struct *>(&regs), sizeof regs};
  if (ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &part) != 0) fail_call("write the registers of thread %d", tid);
}

uint64_t read_signal_mask(pid_t tid) {
  uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, tid, sizeof mask, &mask) != 0) fail_call("read the signal mask of thread %d", tid);
  return mask;
}

void write_signal_mask(pid_t tid, uint64_t mask) {
  if (ptrace(PTRACE_SETSIGMASK, tid, sizeof mask, &mask) != 0) fail_call("write the signal mask of thread %d", tid);
}

std::string read_xsave(pid_t tid) {
  std::string out(16384, '\0');
  iovec part{out.data(), out.size()};
  if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &part) != 0) fail_call("read the XSAVE state of thread %d", tid);
  out.resize(part.iov_len);
  return out;
}

uint64_t event_message(pid_t tid) {
  unsigned long out = 0;
  if (ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &out) != 0) fail_call("read the event of thread %d", tid);
  return out;
}
} // namespace tracee
