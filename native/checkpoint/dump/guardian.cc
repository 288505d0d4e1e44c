#include "checkpoint/dump/guardian.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/failure.h"

static constexpr int not_handed_over = 255;

static bool write_all(int fd, const std::string &bytes) {
  for (size_t at = 0; at < bytes.size();) {
    ssize_t put = write(fd, bytes.data() + at, bytes.size() - at);
    if (put <= 0) return false; // nobody is there any more, or the kernel refuses
    at += static_cast<size_t>(put);
  }
  return true;
}

[[noreturn]] static void be_guardian(int fd, const std::function<std::string()> &work) {
  setsid(); // no signal for the asker's group or terminal reaches it
  close(STDOUT_FILENO); // whoever waits for the end of this program's words doesn't wait for it
  try {
    _exit(write_all(fd, work()) ? 0 : not_handed_over);
  } catch (const Failure &failure) {
    if (!write_all(fd, failure.message)) _exit(not_handed_over);
    _exit(failure.code && failure.code < not_handed_over ? failure.code : EIO);
  }
}

std::string in_guardian(const std::function<std::string()> &work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail_call("make a pipe");
  Descriptor read_end(ends[0]), write_end(ends[1]);
  pid_t child = fork();
  if (child < 0) fail_call("make a helper");
  if (child == 0) be_guardian(ends[1], work);
  write_end.reset();
  std::string out;
  char part[65536];
  ssize_t got;
  while ((got = read(read_end.get(), part, sizeof part)) > 0) out.append(part, static_cast<size_t>(got));
  int status = 0;
  if (waitpid(child, &status, __WALL) != child) fail_call("wait for the helper");
  if (WIFSIGNALED(status)) refuse(EIO, "the helper was ended by signal %d", WTERMSIG(status));
  if (WEXITSTATUS(status) == not_handed_over || got < 0) refuse(EIO, "what the helper found was not handed over");
  if (WEXITSTATUS(status) != 0) refuse(WEXITSTATUS(status), "%s", out.c_str());
  return out;
}
