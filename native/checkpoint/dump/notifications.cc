#include "checkpoint/dump/notifications.h"

#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/inject.h"

static constexpr size_t cookie_at = 128; // in the scratch memory, behind what a call is told

// The kernel's own words about the queue; the value that goes with a signal, and the socket, are not among them.
static bool registration(int queue, const std::string &name, image_notification &out, pid_t &owner) {
  char words[128] = {};
  int notify = 0, signum = 0;
  if (pread(queue, words, sizeof words - 1, 0) < 0) fail_call("read about the message queue %s", name.c_str());
  const char *at = strstr(words, "NOTIFY:");
  if (!at || sscanf(at, "NOTIFY:%d SIGNO:%d NOTIFY_PID:%d", &notify, &signum, &owner) != 3 || owner == 0) return false;
  out.notify = static_cast<uint32_t>(notify);
  out.signum = signum;
  return true;
}

static int descriptor_of(const Collector &collector, const Process *owner, int queue) {
  struct stat status;
  if (fstat(queue, &status) != 0) return -1;
  for (const Description &description : collector.all)
    for (const Holder &holder : description.holders)
      if (holder.process == owner && description.status.st_ino == status.st_ino && description.status.st_dev == status.st_dev && !(description.flags & O_PATH))
        return holder.fd;
  return -1;
}

std::optional<Notification> Notification::of(const Collector &collector, int queue, const std::string &name) {
  Notification out;
  pid_t pid = 0;
  if (!registration(queue, name, out.state_, pid)) return std::nullopt;
  out.name_ = name;
  for (const auto &process : collector.instance.processes)
    if (!process->zombie && process->leader == pid) out.owner_ = process.get();
  out.state_.fd = out.owner_ ? descriptor_of(collector, out.owner_, queue) : -1;
  if (out.state_.fd < 0)
    refuse(EOPNOTSUPP, "the message queue %s tells somebody outside of the instance of messages, which can't be part of a template", name.c_str());
  if (out.state_.notify == SIGEV_SIGNAL) out.check_signal();
  if (out.state_.notify == SIGEV_THREAD) out.find_sockets(collector);
  return out;
}

static std::optional<siginfo_t> pending(pid_t tid, bool shared, int signum) {
  siginfo_t queue[32];
  for (uint64_t offset = 0;; offset += 32) {
    struct { uint64_t offset; uint32_t flags; int32_t count; } ask{offset, shared ? 1u : 0u, 32};
    long got = ptrace(static_cast<__ptrace_request>(PTRACE_PEEKSIGINFO), tid, &ask, queue);
    if (got < 0) fail_call("read the pending signals of thread %d", tid);
    for (long i = 0; i < got; i++)
      if (queue[i].si_signo == signum) return queue[i];
    if (got < 32) return std::nullopt;
  }
}

// Of two of a kind the kernel would keep one, or the wrong one would be taken back.
void Notification::check_signal() const {
  bool unblockable = state_.signum == SIGKILL || state_.signum == SIGSTOP;
  if (unblockable || pending(owner_->pid, true, state_.signum) || pending(owner_->pid, false, state_.signum))
    refuse(EBUSY, "the message queue %s tells process %d of messages by signal %d, %s", name_.c_str(), owner_->virtual_pid, state_.signum,
           unblockable ? "which can't be part of a template" : "of which one is waiting already: commit again when it has been taken");
}

static bool has_input(int socket) {
  pollfd state{socket, POLLIN, 0};
  if (poll(&state, 1, 0) < 0) fail_call("look at a netlink socket");
  return state.revents & POLLIN;
}

// The C library's thread, that is to run a function, waits at one of these.
void Notification::find_sockets(const Collector &collector) {
  for (const Description &description : collector.all)
    for (const Holder &holder : description.holders) {
      if (holder.process != owner_ || !description.is(S_IFSOCK) || (description.flags & O_PATH)) continue;
      Descriptor own = description.borrow();
      int domain = 0;
      socklen_t size = sizeof domain;
      if (getsockopt(own.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_NETLINK) continue;
      if (has_input(own.get()))
        refuse(EBUSY, "the message queue %s tells process %d of messages by a netlink socket, and %s has some that its program has not read yet: commit again later",
               name_.c_str(), owner_->virtual_pid, description.words().c_str());
      sockets_.emplace_back(holder.fd, std::move(own));
    }
}

[[noreturn]] static void refuse_untold(const Process &owner, const std::string &name) {
  refuse(EIO, "what process %d is told of the message queue %s was not found", owner.virtual_pid, name.c_str());
}

bool Notification::tells_by_signal() const { return state_.notify == SIGEV_SIGNAL && state_.signum != 0; }

void Notification::find_value() {
  std::optional<siginfo_t> told = pending(owner_->pid, true, state_.signum);
  if (!told) refuse_untold(*owner_, name_);
  state_.value = reinterpret_cast<uint64_t>(told->si_value.sival_ptr);
}

void Notification::find_cookie() {
  for (const auto &[number, socket] : sockets_) {
    if (recv(socket.get(), state_.cookie, sizeof state_.cookie, MSG_DONTWAIT | MSG_PEEK) != sizeof state_.cookie) continue;
    state_.signum = number;
    return;
  }
  refuse_untold(*owner_, name_);
}

void Notification::take_signal() {
  Injector injector(*owner_, owner_->threads[0]);
  const uint64_t set = 1ull << (state_.signum - 1), at = injector.scratch();
  const struct { uint64_t set; int64_t seconds, nanoseconds; } ask{set, 0, 0};
  if (!write_memory(owner_->pid, at, &ask, sizeof ask)) fail_call("write the memory of process %d", owner_->virtual_pid);
  long got = injector.call(SYS_rt_sigtimedwait, at, at + cookie_at, at + offsetof(decltype(ask), seconds), sizeof ask.set);
  if (got != state_.signum) refuse_untold(*owner_, name_);
}

void Notification::take_cookie() {
  uint8_t cookie[sizeof state_.cookie];
  for (const auto &[number, socket] : sockets_)
    if (number == state_.signum && recv(socket.get(), cookie, sizeof cookie, MSG_DONTWAIT) == sizeof cookie) return;
  refuse_untold(*owner_, name_);
}

// Left where it is, the message would be one that nobody has sent.
static bool take_back(int queue, std::string &room) {
  for (int tries = 3; tries > 0; tries--)
    if (mq_receive(queue, room.data(), room.size(), nullptr) >= 0) return true;
  return false;
}

void Notification::sound(int queue) const {
  mq_attr about{};
  if (mq_getattr(queue, &about) != 0) fail_call("ask about the message queue %s", name_.c_str());
  std::string room(static_cast<size_t>(about.mq_msgsize), '\0');
  if (mq_send(queue, "", 0, 0) != 0 || !take_back(queue, room)) fail_call("try the message queue %s", name_.c_str());
}

void Notification::ask_again() {
  Injector injector(*owner_, owner_->threads[0]);
  const uint64_t at = injector.scratch(), cookie = at + cookie_at;
  const struct { uint64_t value; int32_t signum; uint32_t notify; uint8_t unused[48]; } event{state_.notify == SIGEV_THREAD ? cookie : state_.value, state_.signum, state_.notify, {}};
  static_assert(sizeof event == sizeof(sigevent));
  bool ready = write_memory(owner_->pid, at, &event, sizeof event) && write_memory(owner_->pid, cookie, state_.cookie, sizeof state_.cookie);
  long result = ready ? injector.call(SYS_mq_notify, static_cast<uint64_t>(state_.fd), at) : -EFAULT;
  if (result == 0) return;
  errno = static_cast<int>(-result);
  fail_call("have process %d told of the message queue %s again", owner_->virtual_pid, name_.c_str());
}

// In this order: whenever this program is killed, the owner has asked or is about to be told.
void Notification::renew(Collector &collector) {
  if (tells_by_signal()) find_value();
  if (state_.notify == SIGEV_THREAD) find_cookie();
  ask_again();
  if (tells_by_signal()) take_signal();
  if (state_.notify == SIGEV_THREAD) take_cookie();
  collector.notifications[owner_->image.pid] += Records::bytes_of(state_);
}
