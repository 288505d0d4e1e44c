// What a socket has received and its program not yet read: looked at with MSG_PEEK, so that it stays.
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/records.h"
#include "checkpoint/dump/socket-options.h"

static std::string stream_queue(int fd, const std::string &words) {
  int waiting = 0;
  if (ioctl(fd, FIONREAD, &waiting) != 0) fail_call("ask how much %s has received", words.c_str());
  std::string out(static_cast<size_t>(waiting), '\0');
  if (waiting == 0) return out;
  ssize_t got = recv(fd, out.data(), out.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno != EAGAIN) fail_call("look at what %s has received", words.c_str());
  out.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return out;
}

// A peek offset makes each peek look at the next message; it belongs to the socket, so it is taken back.
static std::string message_queue(int fd, const std::string &words) {
  std::string out, message(1 << 18, '\0');
  int off = -1, zero = 0;
  socklen_t size = sizeof off;
  bool known = getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, &size) == 0 && setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof zero) == 0;
  if (!known) return out;
  for (;;) {
    ssize_t got = recv(fd, message.data(), message.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) break; // an empty message does not move the offset: what is behind it can't be looked at
    uint64_t length = static_cast<uint64_t>(got);
    out += Records::bytes_of(length);
    out.append(message.data(), length);
    pad_to_8(out);
  }
  if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off) != 0) fail_call("take back the peek offset of %s", words.c_str());
  return out;
}

std::string socket_queue(int fd, int type, const std::string &words, uint64_t &size) {
  std::string out = type == SOCK_STREAM ? stream_queue(fd, words) : message_queue(fd, words);
  size = out.size();
  return out;
}
