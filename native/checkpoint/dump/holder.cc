#include "checkpoint/dump/holder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "checkpoint/dump/failure.h"

// What goes over a connection: an id with its descriptor, many times; 0 without one at the end. The answer 'T': taken.
static constexpr char taken = 'T';
static constexpr int look_ms = 5000; // how often the socket's name is looked for: an instance that is destroyed takes it away

struct Held {
  uint32_t id;
  int fd;
};

static bool send_one(int to, uint32_t id, int fd) {
  iovec part{&id, sizeof id};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return sendmsg(to, &message, MSG_NOSIGNAL) == sizeof id;
}

static bool receive_one(int from, Held &out) {
  iovec part{&out.id, sizeof out.id};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof out.fd)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != sizeof out.id) return false;
  out.fd = -1;
  cmsghdr *head = CMSG_FIRSTHDR(&message);
  if (head && head->cmsg_type == SCM_RIGHTS) memcpy(&out.fd, CMSG_DATA(head), sizeof out.fd);
  return true;
}

// True when whoever asked has them now.
static bool serve(int listener, const std::vector<Held> &held) {
  Descriptor client(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!client) return false;
  for (const Held &one : held)
    if (!send_one(client.get(), one.id, one.fd)) return false;
  char answer = 0;
  return send_one(client.get(), 0, -1) && read(client.get(), &answer, 1) == 1 && answer == taken;
}

static bool leads_here(const std::string &path, ino_t inode) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return status.st_ino == inode;
  return errno != ENOENT && errno != ENOTDIR; // what can't be looked at now may still be there
}

static void be_nobodys_child() {
  setsid();
  prctl(PR_SET_NAME, "appshot-hold");
  signal(SIGHUP, SIG_IGN);
  signal(SIGTERM, SIG_DFL);
  int null = open("/dev/null", O_RDWR);
  // Whoever started the dumper waits until nobody has its streams any more.
  for (int fd = 0; fd < 3; fd++)
    if (null < 0 || dup2(null, fd) < 0) close(fd);
}

[[noreturn]] static void hold(int channel, int listener, const std::string &path, ino_t own) {
  std::vector<Held> held;
  for (Held one{}; receive_one(channel, one);) {
    if (one.fd >= 0) {
      held.push_back(one);
      continue;
    }
    close(channel); // the end: what came before is to be kept
    for (bool done = false; !done && leads_here(path, own);) {
      pollfd waiting{listener, POLLIN, 0};
      if (poll(&waiting, 1, look_ms) > 0) done = serve(listener, held);
    }
    break;
  }
  if (leads_here(path, own)) unlink(path.c_str());
  _exit(0);
}

static Descriptor listen_at(const std::string &path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) refuse(ENAMETOOLONG, "listen at %s", path.c_str());
  memcpy(address.sun_path, path.data(), path.size());
  unlink(path.c_str());
  Descriptor out(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  mode_t mask = umask(0177);
  bool bound = out && bind(out.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) == 0 && listen(out.get(), 4) == 0;
  umask(mask);
  if (!bound) fail_call("listen at %s", path.c_str());
  return out;
}

SocketHolder::SocketHolder(const std::string &path) {
  Descriptor listener = listen_at(path);
  struct stat own;
  if (stat(path.c_str(), &own) != 0) fail_call("look at %s", path.c_str());
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail_call("make a channel");
  channel_ = Descriptor(ends[0]);
  Descriptor theirs(ends[1]);
  // A grandchild: whoever waits for processes that are traced should not meet it.
  pid_t child = fork();
  if (child < 0) fail_call("make a holder of sockets");
  if (child == 0) {
    if (fork() != 0) _exit(0);
    channel_.reset();
    be_nobodys_child();
    hold(theirs.get(), listener.get(), path, own.st_ino);
  }
  waitpid(child, nullptr, 0);
}

// Its name is gone when this returns: a restore that found one of the last moment would connect to nobody.
void SocketHolder::dismiss() {
  shutdown(channel_.get(), SHUT_WR);
  char none;
  while (read(channel_.get(), &none, 1) < 0 && errno == EINTR) continue;
}

void SocketHolder::give(uint32_t id, const Descriptor &socket) {
  if (!send_one(channel_.get(), id, socket.get())) fail_call("hand over a socket");
  given_ = true;
}

void SocketHolder::keep() {
  if (!given_) return dismiss();
  if (!send_one(channel_.get(), 0, -1)) fail_call("leave the sockets to their holder");
}
