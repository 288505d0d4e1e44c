#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sstream>

#include "addon.h"

// "" for a process that has ended, be it while it is read. A stream would throw then, and nobody above us could catch it.
static std::string stat_text(int pid) {
  int fd = open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  char text[4096]; // the kernel's is some 400 bytes
  ssize_t got = read(fd, text, sizeof text);
  close(fd);
  return std::string(text, got < 0 ? 0 : static_cast<size_t>(got));
}

// Field 22 of /proc/PID/stat; the command name before it may hold spaces and brackets, so count from the last ')'.
static unsigned long long start_ticks(int pid) {
  std::string text = stat_text(pid);
  size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return 0;
  std::istringstream fields(text.substr(bracket + 1));
  std::string state;
  unsigned long long number = 0;
  fields >> state;
  for (int field = 4; field <= 22; field++) fields >> number;
  return fields ? number : 0;
}

// signalProcess(pid, startTicks, signal) -> boolean: false when that process is gone. The start time tells a
// process from a later one with the same pid; the pidfd is held while it is compared, so the answer can't go stale.
Napi::Value signal_process(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int pid = info[0].As<Napi::Number>().Int32Value();
  auto ticks = static_cast<unsigned long long>(info[1].As<Napi::Number>().Int64Value());
  int signal = info[2].As<Napi::Number>().Int32Value();
  int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    if (errno == ESRCH) return Napi::Boolean::New(env, false);
    throw system_error(env, "pidfd_open " + std::to_string(pid), errno);
  }
  bool same = ticks == 0 || start_ticks(pid) == ticks;
  int result = same ? static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0)) : 0;
  int error = errno;
  close(pidfd);
  if (!same) return Napi::Boolean::New(env, false);
  if (result < 0 && error != ESRCH) throw system_error(env, "signal " + std::to_string(pid), error);
  return Napi::Boolean::New(env, result == 0);
}
