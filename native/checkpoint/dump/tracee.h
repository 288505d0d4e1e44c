// ptrace, one thread at a time. PTRACE_SEIZE only: an attach that sends no signal and that the kernel undoes by itself when
// this program dies. Every call must come from the thread that seized.
#pragma once
#include <signal.h>
#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <string>

namespace tracee {
void block_child_signal(); // waits sleep in sigtimedwait(SIGCHLD): call once, before the first thread is seized

enum class Seized { yes, gone, traced };
Seized seize(pid_t tid);
bool interrupt(pid_t tid); // false: the thread is gone
void detach(pid_t tid);

struct Stop {
  enum Kind { none, ended, trap, group, signal, syscall, event } kind = none;
  int signal_number = 0;
  int event_number = 0;
};
Stop poll_stop(pid_t tid);                  // kind none: not stopped yet
Stop wait_stop(pid_t tid, int timeout_ms);  // kind none: timed out
void sleep_for_stop(int timeout_us);        // until a stop is reported for any thread, or the time is over
void resume(pid_t tid, int request, int signal_number);

void set_options(pid_t tid, int options);
user_regs_struct read_registers(pid_t tid);
void write_registers(pid_t tid, const user_regs_struct &regs);
uint64_t read_signal_mask(pid_t tid);
void write_signal_mask(pid_t tid, uint64_t mask);
uint64_t event_message(pid_t tid);
std::string read_xsave(pid_t tid); // standard format
} // namespace tracee
