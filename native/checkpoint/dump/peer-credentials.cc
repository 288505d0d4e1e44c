#include "checkpoint/dump/peer-credentials.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

static bool ask(int fd, ucred &out) {
  socklen_t size = sizeof out;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &out, &size) == 0;
}

// A process that has ended has a number still, in every namespace that it was in; the kernel tells it to those who are there.
static pid_t number_inside(const Instance &instance, int fd) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail_call("make a pipe");
  Descriptor answer(ends[0]), question(ends[1]), space = proc_open(text("%d/ns/pid", instance.init), O_RDONLY);
  pid_t outer = fork();
  if (outer < 0) fail_call("make a process that looks from inside the instance");
  if (outer == 0) {
    if (setns(space.get(), CLONE_NEWPID) != 0) _exit(1);
    pid_t inner = fork();
    ucred who{};
    if (inner == 0) _exit(ask(fd, who) && write(ends[1], &who.pid, sizeof who.pid) == sizeof who.pid ? 0 : 1);
    if (inner > 0) waitpid(inner, nullptr, __WALL);
    _exit(0);
  }
  question.reset();
  pid_t out = 0;
  if (read(answer.get(), &out, sizeof out) != sizeof out) out = 0;
  waitpid(outer, nullptr, __WALL);
  return out;
}

void read_peer_credentials(const Instance &instance, int fd, image_socket &out) {
  ucred who{};
  if (!ask(fd, who) || who.pid == 0) return; // nobody's: not connected, or from another namespace
  pid_t number = instance.virtual_of(who.pid);
  if (number == 0) number = number_inside(instance, fd);
  out.peer_pid = static_cast<uint32_t>(number);
  out.peer_uid = who.uid;
  out.peer_gid = who.gid;
}
