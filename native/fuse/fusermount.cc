#include "fuse/fusermount.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstring>
#include <vector>

#include "fuse/failure.h"

namespace fusermount {
namespace {

constexpr const char* program = "fusermount3";
constexpr int said_to = 3;   // the descriptor that it is told to talk to

// Its last line says why it failed; it is short.
std::string read_words(int from) {
  std::string words;
  char part[512];
  for (ssize_t got; (got = read(from, part, sizeof part)) > 0;) words.append(part, size_t(got));
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return words.substr(words.rfind('\n') + 1);
}

// Runs it with `channel` (or -1) as _FUSE_COMMFD; throws what it says when it fails.
void run(std::vector<const char*> words, int channel) {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe", program);
  Fd heard(ends[0]), said(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_adddup2(&actions, said.get(), 2);
  if (channel >= 0) posix_spawn_file_actions_adddup2(&actions, channel, said_to);
  // The user's own PATH decides nothing here: the helper is where the system has it, and this one has the usual places.
  const char* environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "_FUSE_COMMFD=3", "LC_ALL=C", nullptr};
  words.insert(words.begin(), program);
  words.push_back(nullptr);
  pid_t pid;
  int error = posix_spawnp(&pid, program, &actions, &attributes, const_cast<char**>(words.data()), const_cast<char**>(environment));
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == ENOENT) fail(ENOENT, "no fusermount3, which mounts for users: apt-get install fuse3; execute", program);
  if (error) fail(error, "execute", program);
  said.reset();
  std::string why = read_words(heard.get());
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (status) fail(EPERM, why.empty() ? "failed:" : why.c_str(), std::string("(") + words.at(words.size() - 2) + ")");
}

Fd receive(int from) {
  char byte;
  iovec part{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part, message.msg_iovlen = 1;
  message.msg_control = room, message.msg_controllen = sizeof room;
  check(recvmsg(from, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT), "receive /dev/fuse from", program);
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (!head || head->cmsg_type != SCM_RIGHTS) fail(EPROTO, "no /dev/fuse from", program);
  int fd;
  memcpy(&fd, CMSG_DATA(head), sizeof fd);
  return Fd(fd);
}

}  // namespace

Fd mount(const std::string& at) {
  // It unmounts only what it finds there: what it can't take away again it must not mount.
  if (access("/etc/mtab", R_OK) != 0) {
    fail(errno, "fusermount3 unmounts nothing without", "/etc/mtab (as root: ln -s /proc/self/mounts /etc/mtab)");
  }
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair", program);
  Fd ours(ends[0]), its(ends[1]);
  run({"-o", "rw,nosuid,nodev,default_permissions,fsname=appshot,subtype=appshot", "--", at.c_str()}, its.get());
  Fd device = receive(ours.get());
  check(fcntl(device.get(), F_SETFL, O_RDWR | O_NONBLOCK), "make non-blocking", "/dev/fuse");
  return device;
}

void unmount(const std::string& at) { run({"-u", "-z", "--", at.c_str()}, -1); }

}  // namespace fusermount
