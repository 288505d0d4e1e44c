#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <thread>

#include "addon.h"

namespace {

int read_whole(const char *path, std::string &text) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  char buffer[65536];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(got));
  int error = got < 0 ? errno : 0;
  close(fd);
  return error;
}

}  // namespace

// readSysvIpc(pid, "shm"|"sem"|"msg") -> the text of /proc/sysvipc/KIND as that process's IPC namespace has it. The file
// belongs to the opener's namespace, so a thread of its own joins it, reads, and ends there.
Napi::Value read_sysv_ipc(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string process = std::to_string(info[0].As<Napi::Number>().Int32Value());
  std::string path = "/proc/sysvipc/" + info[1].As<Napi::String>().Utf8Value();
  std::string text, operation = "join IPC namespace of " + process;
  int error = 0;
  std::thread([&] {
    int ns = open(("/proc/" + process + "/ns/ipc").c_str(), O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWIPC) < 0) error = errno;
    if (ns >= 0) close(ns);
    if (error != 0) return;
    operation = "read " + path;
    error = read_whole(path.c_str(), text);
  }).join();
  if (error != 0) throw system_error(env, operation, error);
  return Napi::String::New(env, text);
}
