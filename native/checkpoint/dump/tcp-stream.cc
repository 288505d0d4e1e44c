#include "checkpoint/dump/tcp-stream.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/guardian.h"

// A socket in repair tells its sequence numbers and lets its send queue be read. Leaving it, the kernel forgets SO_REUSEADDR.
class Repair {
 public:
  Repair(int fd, const std::string &words) : fd_(fd), words_(words) {
    socklen_t size = sizeof reuse_;
    getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse_, &size);
    set(TCP_REPAIR, 1);
  }
  ~Repair() {
    int off_quietly = -1; // without a probe of the other end's window
    setsockopt(fd_, IPPROTO_TCP, TCP_REPAIR, &off_quietly, sizeof off_quietly);
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &reuse_, sizeof reuse_);
  }
  // The number of the byte that comes next in the queue.
  uint32_t next_in(int queue) {
    set(TCP_REPAIR_QUEUE, queue);
    uint32_t out = 0;
    socklen_t size = sizeof out;
    if (getsockopt(fd_, IPPROTO_TCP, TCP_QUEUE_SEQ, &out, &size) != 0) fail_call("ask for the sequence of %s", words_.c_str());
    return out;
  }

 private:
  void set(int option, int value) {
    if (setsockopt(fd_, IPPROTO_TCP, option, &value, sizeof value) == 0) return;
    if (errno == EPERM) refuse(EBUSY, "%s has more to send than its other end has room for, and only root can look at that", words_.c_str());
    fail_call("look at what %s has still to send", words_.c_str());
  }
  int fd_, reuse_ = 0;
  std::string words_;
};

static std::string received_by(int fd, const std::string &words) {
  int waiting = 0;
  if (ioctl(fd, FIONREAD, &waiting) != 0) fail_call("ask how much %s has received", words.c_str());
  std::string out(static_cast<size_t>(waiting), '\0');
  if (waiting == 0) return out;
  ssize_t got = recv(fd, out.data(), out.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno != EAGAIN) fail_call("look at what %s has received", words.c_str());
  out.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return out;
}

static size_t still_to_send(int fd, const std::string &words) {
  int out = 0;
  if (ioctl(fd, SIOCOUTQ, &out) != 0) fail_call("ask what %s has still to send", words.c_str());
  return static_cast<size_t>(out > 0 ? out : 0);
}

// What the sender holds and the receiver, whose next byte is number `received`, has not got.
static std::string missing_at_receiver(int sender, uint32_t received, uint32_t written, size_t waiting, const std::string &words) {
  std::string bytes(waiting, '\0');
  ssize_t got = recv(sender, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < 0) fail_call("read what %s has still to send", words.c_str());
  // The end of the stream has a number too, but is no byte: the last byte's is counted from the first that waits.
  auto end = static_cast<uint32_t>(written - waiting + static_cast<size_t>(got));
  auto missing = static_cast<int32_t>(end - received);
  if (missing <= 0) return ""; // all has arrived: the sender only has not been told so yet
  if (missing > got) refuse(EIO, "what %s has still to send can't be found", words.c_str());
  return bytes.substr(static_cast<size_t>(got - missing), static_cast<size_t>(missing));
}

// The application stands still, the kernel doesn't: a segment or an acknowledgement may be on its way between two of these questions.
static std::string both_ends(int sender, int receiver, const std::string &words) {
  constexpr int receive_queue = 1, send_queue = 2, most_looks = 1000;
  Repair out_end(sender, words), in_end(receiver, words);
  for (int look = 0; look < most_looks; look++) {
    uint32_t received = in_end.next_in(receive_queue), written = out_end.next_in(send_queue);
    size_t waiting = still_to_send(sender, words);
    std::string out = received_by(receiver, words) + missing_at_receiver(sender, received, written, waiting, words);
    if (in_end.next_in(receive_queue) == received && still_to_send(sender, words) == waiting) return out;
  }
  refuse(EBUSY, "what %s sends does not come to rest", words.c_str());
}

std::string tcp_stream(int receiver, int sender, const std::string &words) {
  if (sender < 0 || still_to_send(sender, words) == 0) return received_by(receiver, words);
  return in_guardian([&] { return both_ends(sender, receiver, words); });
}
