#include "checkpoint/dump/socket-queue.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/inside.h"
#include "checkpoint/dump/pages-file.h"

static int option_of(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
}

// An option that belongs to the socket, and not to who looks: it is put back.
class Borrowed {
 public:
  Borrowed(int fd, int name, int value) : fd_(fd), name_(name), before_(option_of(fd, name)), good_(set(value)) {}
  ~Borrowed() { set(before_); }
  Borrowed(const Borrowed &) = delete;
  Borrowed &operator=(const Borrowed &) = delete;
  bool good() const { return good_; }
  bool set(int value) const { return setsockopt(fd_, SOL_SOCKET, name_, &value, sizeof value) == 0; }

 private:
  int fd_, name_, before_;
  bool good_;
};

constexpr size_t most_bytes = 1 << 18;
constexpr int pass_pidfd = 76, pidfd_message = 4; // SO_PASSPIDFD, SCM_PIDFD

static void take_control(msghdr &message, Parcel &out, bool &named) {
  for (cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS) {
      ucred who;
      memcpy(&who, CMSG_DATA(part), sizeof who);
      if (ids::on()) who.pid = ids::shown(who.pid); // virtual, as everything in an image
      if (who.pid > 0) out.who = {static_cast<uint32_t>(who.pid), who.uid, who.gid, 0};
      named = true;
    }
    if (part->cmsg_type != SCM_RIGHTS && part->cmsg_type != pidfd_message) continue;
    for (size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len; at += sizeof(int)) {
      int fd;
      memcpy(&fd, reinterpret_cast<char *>(part) + at, sizeof fd);
      Descriptor descriptor(fd);
      if (part->cmsg_type == SCM_RIGHTS) out.with.push_back(std::move(descriptor));
    }
  }
}

class Queue {
 public:
  Queue(int fd, const std::string &words) : fd_(fd), words_(words), offset_(fd, SO_PEEK_OFF, 0) {
    void *memory = mmap(nullptr, most_bytes + page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(static_cast<char *>(memory) + most_bytes, page_size, PROT_NONE) != 0) fail_call("map memory");
    buffer_ = static_cast<char *>(memory);
    if (!offset_.good()) fail_call("look at what %s has received", words.c_str());
  }

  ~Queue() { munmap(buffer_, most_bytes + page_size); }

  // What stands behind the last look. False when there is nothing; named: the kernel has told who sent it.
  bool look(Parcel &out, size_t size, bool *named = nullptr) {
    alignas(cmsghdr) char control[CMSG_SPACE(253 * sizeof(int)) + 512];
    bool told = false;
    iovec part{buffer_, size};
    msghdr message{&out.from, sizeof out.from, &part, 1, control, sizeof control, 0};
    ssize_t got = recvmsg(fd_, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
    if (got < 0) fail_call("look at what %s has received", words_.c_str());
    take_control(message, out, told);
    if (message.msg_flags & MSG_CTRUNC) refuse(EMFILE, "%s has more descriptors on their way to it than can be looked at", words_.c_str());
    if (message.msg_flags & MSG_TRUNC) refuse(EOPNOTSUPP, "%s has a message of more than 256 KiB waiting, which can't be part of a template", words_.c_str());
    out.bytes.assign(buffer_, static_cast<size_t>(got));
    out.from_size = message.msg_namelen;
    if (named) *named = told;
    return true;
  }
  // A look goes on up to the end of what brings descriptors, and can have begun before it: `size` bytes in all. Where the last of them can't be
  // written, the kernel gives what it had copied before the buffer to which it belongs.
  size_t bytes_before_last(uint64_t at, size_t size) {
    if (!offset_.set(static_cast<int>(at))) fail_call("look at what %s has received", words_.c_str());
    ssize_t got = recv(fd_, buffer_ + most_bytes - (size - 1), size, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && errno != EFAULT) fail_call("look at what %s has received", words_.c_str());
    return got < 0 ? 0 : static_cast<size_t>(got);
  }
  bool look_from(uint64_t at, Parcel &out, size_t size) {
    if (!offset_.set(static_cast<int>(at))) fail_call("look at what %s has received", words_.c_str());
    return look(out, size);
  }

 private:
  int fd_;
  const std::string &words_;
  Borrowed offset_;
  char *buffer_ = nullptr; // with a page behind it that can't be written to
};

void refuse_urgent(int fd, const std::string &words) {
  pollfd state{fd, POLLPRI, 0};
  if (poll(&state, 1, 0) > 0 && (state.revents & POLLPRI))
    refuse(EOPNOTSUPP, "%s has urgent data waiting, which can't be part of a template", words.c_str());
}

static std::vector<Parcel> unix_stream(int fd, const std::string &words) {
  std::vector<Parcel> out;
  Queue queue(fd, words);
  uint64_t at = 0;
  for (;;) {
    Parcel parcel;
    if (!queue.look_from(at, parcel, most_bytes) || parcel.bytes.empty()) return out;
    if (!parcel.with.empty() && parcel.bytes.size() == most_bytes) refuse(EBUSY, "%s has more to receive than can be looked at", words.c_str());
    size_t before = parcel.with.empty() ? 0 : queue.bytes_before_last(at, parcel.bytes.size());
    at += parcel.bytes.size();
    if (before > 0) {
      out.emplace_back();
      out.back().bytes = parcel.bytes.substr(0, before);
      out.back().who = parcel.who;
      parcel.bytes.erase(0, before);
    }
    out.push_back(std::move(parcel));
  }
}

// A message of no bytes is looked at once and passed by from then on. In a sequence of packets that will get no more it looks like the end,
// which has no sender to tell of.
static std::vector<Parcel> messages(int fd, int type, const std::string &words) {
  std::vector<Parcel> out;
  Queue queue(fd, words);
  pollfd state{fd, POLLRDHUP, 0};
  bool may_end = type != SOCK_DGRAM && poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP)) != 0, asked = option_of(fd, SO_PASSCRED);
  std::optional<Borrowed> names;
  if (may_end && !asked) names.emplace(fd, SO_PASSCRED, 1);
  for (;;) {
    Parcel parcel;
    bool named = false;
    if (!queue.look(parcel, most_bytes, &named) || (may_end && parcel.bytes.empty() && !named)) return out;
    if (!asked) parcel.who = {};
    out.push_back(std::move(parcel));
  }
}

std::vector<Parcel> look_at_queue(const Instance &instance, int fd, const std::string &words) {
  int type = option_of(fd, SO_TYPE);
  bool is_unix = option_of(fd, SO_DOMAIN) == AF_UNIX;
  if (type == SOCK_STREAM) refuse_urgent(fd, words);
  pollfd state{fd, POLLIN, 0};
  if (poll(&state, 1, 0) == 0) return {};
  std::vector<Parcel> out;
  auto look = [&] { out = type == SOCK_STREAM ? unix_stream(fd, words) : messages(fd, type, words); };
  if (is_unix && (option_of(fd, SO_PASSCRED) || option_of(fd, pass_pidfd))) inside_instance(instance, look);
  else look();
  return out;
}
