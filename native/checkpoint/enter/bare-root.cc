#include "checkpoint/enter/bare-root.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "checkpoint/enter/failure.h"
#include "checkpoint/enter/rights.h"
#include "checkpoint/enter/signals.h"

static void bind(const std::string &from, const std::string &to) {
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) fail_call("mount " + from + " at " + to);
}

static void put_file(const char *path, const std::string &text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text.data(), text.size()) < 0) fail_call(std::string("write ") + path);
  close(fd);
}

// Without the right to them the namespaces lie in a user namespace, where user and group keep their numbers.
static void make_namespaces() {
  constexpr int kinds = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID;
  BoundingSet own = bounding_set();
  std::string user = std::to_string(geteuid()), group = std::to_string(getegid());
  if (unshare(kinds) == 0) return;
  if (errno != EPERM || unshare(kinds | CLONE_NEWUSER) != 0) fail_call("make namespaces");
  put_file("/proc/self/uid_map", user + " " + user + " 1");
  put_file("/proc/self/setgroups", "deny");
  put_file("/proc/self/gid_map", group + " " + group + " 1");
  limit_rights(own);
}

void enter_bare_root(const std::string &root) {
  make_namespaces();
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail_call("make the mounts private");
  for (const char *kernel : {"/dev", "/sys"}) bind(kernel, root + kernel);
  if (chroot(root.c_str()) != 0 || chdir("/") != 0) fail_call("enter " + root);
}

void become_init() {
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) fail_call("mount /proc");
  prctl(PR_SET_NAME, "appshot-init");
  pid_t command = fork();
  if (command < 0) fail_call("make a process");
  if (command == 0) return;
  pass_on_as_init(command);
  int result = 0, status = 0;
  for (pid_t ended; (ended = waitpid(-1, &status, 0)) > 0 || errno == EINTR;)
    if (ended == command) {
      result = status;
      break; // what it left behind ends with us, its init
    }
  if (WIFSIGNALED(result)) _exit(128 + WTERMSIG(result)); // an init can't end itself by a signal
  _exit(WEXITSTATUS(result));
}
