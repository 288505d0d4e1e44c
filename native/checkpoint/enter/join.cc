#include "checkpoint/enter/join.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "checkpoint/enter/failure.h"
#include "checkpoint/enter/rights.h"

// A pidfd names the init for good: its number may be somebody else's by the time of the second call.
static int open_init(pid_t init) {
  int fd = static_cast<int>(syscall(SYS_pidfd_open, init, 0));
  if (fd < 0) fail_call("open the instance's init " + std::to_string(init));
  return fd;
}

static int open_root(pid_t init) {
  std::string path = "/proc/" + std::to_string(init) + "/root";
  int fd = open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_call("open " + path);
  return fd;
}

// Where the clocks of a restored instance are ahead of the machine's, they are those of the init's children and not its own.
static int open_clocks(pid_t init) {
  std::string path = "/proc/" + std::to_string(init) + "/ns/time_for_children";
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno != ENOENT) fail_call("open " + path);
  return fd;
}

static bool same_namespace(pid_t init, const char *kind) {
  char own[64] = "", theirs[64] = "";
  std::string mine = std::string("/proc/self/ns/") + kind, other = "/proc/" + std::to_string(init) + "/ns/" + kind;
  return readlink(mine.c_str(), own, sizeof own - 1) > 0 && readlink(other.c_str(), theirs, sizeof theirs - 1) > 0 &&
         std::string(own) == theirs;
}

void join_instance(pid_t init) {
  int root = open_root(init), fd = open_init(init);
  // Without namespaces of its own the instance is one of the host's, and this number could be any process.
  if (same_namespace(init, "mnt")) throw Failure("process " + std::to_string(init) + " is no instance's init");
  int kinds = CLONE_NEWNS; // joining what is the host's own would take rights over the host
  if (!same_namespace(init, "pid")) kinds |= CLONE_NEWPID;
  if (!same_namespace(init, "ipc")) kinds |= CLONE_NEWIPC;
  if (!same_namespace(init, "uts")) kinds |= CLONE_NEWUTS;
  // Its owner has every right over it from here, and by joining it first of all the right to join the others. The command has
  // none of them after its exec, see limit_rights().
  bool user = !same_namespace(init, "user");
  if (user) kinds |= CLONE_NEWUSER;
  int clocks = same_namespace(init, "time_for_children") ? -1 : open_clocks(init);
  BoundingSet own = bounding_set();
  if (setns(fd, kinds) != 0) fail_call("join the namespaces of process " + std::to_string(init));
  if (clocks >= 0 && setns(clocks, CLONE_NEWTIME) != 0) fail_call("join the time of process " + std::to_string(init));
  if (fchdir(root) != 0 || chroot(".") != 0) fail_call("enter the root of process " + std::to_string(init));
  if (user) limit_rights(own);
  close(root);
  close(fd);
  if (clocks >= 0) close(clocks);
}
