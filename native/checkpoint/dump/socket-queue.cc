// What a socket has received and its program not yet read: looked at with MSG_PEEK, so that it stays.
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/records.h"
#include "checkpoint/dump/socket-options.h"
#include "checkpoint/dump/tcp-stream.h"

// A peek offset makes each peek look at what follows; it belongs to the socket, so it is taken back.
class PeekOffset {
 public:
  PeekOffset(int fd, const std::string &words) : fd_(fd) {
    int zero = 0;
    socklen_t size = sizeof before_;
    if (getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &before_, &size) != 0 || setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof zero) != 0)
      fail_call("look at what %s has received", words.c_str());
  }
  ~PeekOffset() { setsockopt(fd_, SOL_SOCKET, SO_PEEK_OFF, &before_, sizeof before_); }

 private:
  int fd_, before_ = -1;
};

struct Message {
  std::string bytes;
  sockaddr_storage from{};
  socklen_t from_size = 0;
  ucred who{};
};

// Descriptors that come along are given to this program too: they are closed again, and tell that there are some.
static bool holds_descriptors(msghdr &message, ucred &who) {
  bool any = false;
  for (cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS) memcpy(&who, CMSG_DATA(part), sizeof who);
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len; at += sizeof(int)) {
      int fd;
      memcpy(&fd, reinterpret_cast<char *>(part) + at, sizeof fd);
      close(fd);
      any = true;
    }
  }
  return any;
}

// False when nothing more is there.
static bool peek(int fd, const std::string &words, Message &out) {
  alignas(cmsghdr) char control[CMSG_SPACE(253 * sizeof(int)) + 512];
  out.bytes.resize(1 << 18);
  iovec part{out.bytes.data(), out.bytes.size()};
  msghdr message{&out.from, sizeof out.from, &part, 1, control, sizeof control, 0};
  ssize_t got = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
  if (got < 0) fail_call("look at what %s has received", words.c_str());
  if (holds_descriptors(message, out.who))
    refuse(EBUSY, "%s has descriptors on their way to it that it has not received, which can't be part of a template", words.c_str());
  if (message.msg_flags & MSG_TRUNC)
    refuse(EOPNOTSUPP, "%s has a message of more than 256 KiB waiting, which can't be part of a template", words.c_str());
  out.bytes.resize(static_cast<size_t>(got));
  out.from_size = message.msg_namelen;
  return true;
}

static void refuse_urgent(int fd, const std::string &words) {
  pollfd state{fd, POLLPRI, 0};
  if (poll(&state, 1, 0) > 0 && (state.revents & POLLPRI))
    refuse(EOPNOTSUPP, "%s has urgent data waiting, which can't be part of a template", words.c_str());
}

static std::string unix_stream_queue(int fd, const std::string &words) {
  std::string out;
  PeekOffset offset(fd, words);
  for (Message message; peek(fd, words, message) && !message.bytes.empty();) out += message.bytes;
  return out;
}

// A datagram of no bytes is looked at once and passed by at the next peek; of a sequence of packets it can't be told from the end.
static std::string message_queue(int fd, int type, const std::string &words, const SenderAddress &sender, const SenderNumber &sender_number) {
  std::string out;
  PeekOffset offset(fd, words);
  for (Message message; peek(fd, words, message) && (type == SOCK_DGRAM || !message.bytes.empty());) {
    std::string from = sender(message.from, message.from_size);
    out += Records::bytes_of(static_cast<uint64_t>(message.bytes.size() | from.size() << 32));
    out += Records::bytes_of(image_sender{sender_number(message.who.pid), message.who.uid, message.who.gid, 0});
    out += from;
    pad_to_8(out);
    out += message.bytes;
    pad_to_8(out);
  }
  return out;
}

std::string socket_queue(int fd, int other_end, int family, int type, const std::string &words, const SenderAddress &sender, const SenderNumber &sender_number) {
  if (type == SOCK_STREAM) refuse_urgent(fd, words);
  if (type != SOCK_STREAM) return message_queue(fd, type, words, sender, sender_number);
  return family == AF_UNIX ? unix_stream_queue(fd, words) : tcp_stream(fd, other_end, words);
}
