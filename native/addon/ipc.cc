#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addon.h"
#include "ipc-helper.h"

namespace {

int append_all(int fd, std::string &text) {
  char buffer[65536];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(got));
  return got < 0 ? errno : 0;
}

// In the helper, as all of these.
int send_file(int process, const char *path, int to) {
  if (int error = join_ipc(process, 0)) return error;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  char buffer[4096];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof buffer)) > 0)
    for (ssize_t at = 0, put; at < got; at += put)
      if ((put = write(to, buffer + at, static_cast<size_t>(got - at))) <= 0) return errno;
  return got < 0 ? errno : 0;
}

int receive(pid_t helper, int from, std::string &text) {
  int error = append_all(from, text), status = 0;
  while (waitpid(helper, &status, 0) < 0)
    if (errno != EINTR) return errno;
  if (error != 0) return error;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

}  // namespace

int join_ipc(int process, int others) {
  int kinds = CLONE_NEWIPC | others;
  return setns(process, kinds) == 0 || (errno == EPERM && setns(process, CLONE_NEWUSER | kinds) == 0) ? 0 : errno;
}

// What belongs to a namespace is its members' to see, and leaving one's own is for good: so a process of its own looks.
int read_by_helper(HelperWork work, int process, const char *path, std::string &text) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  pid_t helper = fork();
  if (helper == 0) {
    close(ends[0]);
    _exit(work(process, path, ends[1]));
  }
  int error = helper < 0 ? errno : 0;
  close(ends[1]);
  if (helper > 0) error = receive(helper, ends[0], text);
  close(ends[0]);
  return error;
}

// readSysvIpc(pid, "shm"|"sem"|"msg") -> the text of /proc/sysvipc/KIND as that process's IPC namespace has it.
Napi::Value read_sysv_ipc(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int pid = info[0].As<Napi::Number>().Int32Value();
  std::string path = "/proc/sysvipc/" + info[1].As<Napi::String>().Utf8Value(), text;
  int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  int error = process < 0 ? errno : read_by_helper(send_file, process, path.c_str(), text);
  if (process >= 0) close(process);
  if (error != 0) throw system_error(env, "read " + path + " in the IPC namespace of process " + std::to_string(pid), error);
  return Napi::String::New(env, text);
}
