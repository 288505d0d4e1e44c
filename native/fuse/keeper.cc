#include "fuse/keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/log.h"

namespace keeper {
namespace {

int pidfd_open(pid_t pid) { return int(syscall(SYS_pidfd_open, pid, 0)); }

void forward(int number) {
  if (pid_t server = durable::shared->server) kill(server, number);
}

// The argument area is what ps and pgrep show.
void take_name(int argc, char** argv) {
  std::string name = "appshot-keeper " + std::string(durable::shared->state_dir);
  char* end = argv[argc - 1] + strlen(argv[argc - 1]);
  size_t room = size_t(end - argv[0]);
  memset(argv[0], 0, room);
  memcpy(argv[0], name.data(), std::min(name.size(), room - 1));
  prctl(PR_SET_NAME, "appshot-keeper");
}

struct Arguments {
  std::string text;
  char* start;
  size_t size;
};

Arguments save(int argc, char** argv) {
  size_t size = size_t(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
  return {std::string(argv[0], size), argv[0], size};
}

void put_back(const Arguments& saved) {
  memcpy(saved.start, saved.text.data(), saved.size);
  prctl(PR_SET_NAME, "appshot-view");
}

// As fork, but with one table of descriptors. The keeper has one thread, so the new process is whole.
pid_t fork_sharing_descriptors() {
  return pid_t(syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, 0));
}

void wait_for_end(pid_t server) {
  // No descriptor of this process's own: a server that takes over closes what it doesn't know.
  while (waitpid(server, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace

void keep(int argc, char** argv) {
  Arguments saved = save(argc, argv);
  take_name(argc, argv);
  durable::shared->keeper = getpid();
  signal(SIGCHLD, SIG_DFL);
  for (int number : {SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  // A signal to end is for the server, which ends this process by ending.
  for (int number : {SIGTERM, SIGINT}) signal(number, forward);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);   // a server that becomes a keeper had some blocked
  useconds_t pause = 0;
  for (;;) {
    durable::shared->ready = 0;
    pid_t server = fork_sharing_descriptors();
    if (server == 0) {
      for (int number : {SIGTERM, SIGINT}) signal(number, SIG_DFL);
      put_back(saved);
      durable::shared->server = getpid();
      return;
    }
    if (server < 0) {
      log_line("fork a server: %m");
      usleep(100000);
      continue;
    }
    wait_for_end(server);
    if (durable::shared->ending) _exit(0);
    log_line("server %d was killed; a new one takes over", server);
    // One that can't even start is not tried in a frenzy.
    pause = durable::shared->ready ? 0 : std::clamp<useconds_t>(pause * 2, 1000, 1000000);
    usleep(pause);
  }
}

int watch() {
  pid_t keeper = durable::shared->keeper;
  int fd = pidfd_open(keeper);
  if (fd >= 0 && getppid() == keeper) return fd;
  if (fd < 0 && errno != ESRCH) fail(errno, "pidfd_open keeper", std::to_string(keeper));
  // Killed while this server was starting.
  if (fd >= 0) close(fd);
  return check(eventfd(1, EFD_CLOEXEC), "eventfd", "keeper");
}

void replace() {
  {
    std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir("/proc/self/fd"), closedir);
    if (!stream) return log_line("opendir /proc/self/fd: %m");
    while (dirent* entry = readdir(stream.get()))
      if (entry->d_name[0] != '.') fcntl(atoi(entry->d_name), F_SETFD, 0);
  }
  std::string number = std::to_string(durable::shared_fd);
  execl("/proc/self/exe", "appshot-view", durable::shared->socket, durable::shared->state_dir, number.c_str(), static_cast<char*>(nullptr));
  log_line("execute a keeper: %m");
}

}  // namespace keeper
