// A pipe's two ends, and the bytes in flight: copied out with tee, so that the pipe keeps them.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"

static std::string bytes_in_flight(const Description &description, int fd, int capacity) {
  int waiting = 0;
  if (ioctl(fd, FIONREAD, &waiting) != 0) fail_call("ask how much is in the pipe of %s", description.words().c_str());
  std::string out;
  if (waiting == 0) return out;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail_call("make a pipe");
  Descriptor read_end(ends[0]), write_end(ends[1]);
  if (fcntl(ends[1], F_SETPIPE_SZ, capacity) < 0) fail_call("make a pipe of %d bytes", capacity);
  ssize_t got = tee(fd, ends[1], static_cast<size_t>(waiting), SPLICE_F_NONBLOCK);
  if (got != waiting) fail_call("copy the %d bytes in the pipe of %s", waiting, description.words().c_str());
  out.resize(static_cast<size_t>(got));
  for (size_t at = 0; at < out.size();) {
    ssize_t part = read(ends[0], out.data() + at, out.size() - at);
    if (part <= 0) fail_call("read the bytes in the pipe of %s", description.words().c_str());
    at += static_cast<size_t>(part);
  }
  return out;
}

static bool has_end(const Collector &collector, const Description &pipe, uint32_t access) {
  for (const Description &other : collector.all)
    if (other.status.st_ino == pipe.status.st_ino && other.is(S_IFIFO) && other.status.st_dev == pipe.status.st_dev) {
      uint32_t mode = other.flags & O_ACCMODE;
      if (mode == access || mode == O_RDWR) return true;
    }
  return false;
}

// The other end may be closed; it may not be in a process outside.
static void check_other_end(const Collector &collector, const Description &description, int fd, uint32_t access) {
  if (access == O_RDWR || has_end(collector, description, access == O_RDONLY ? O_WRONLY : O_RDONLY)) return;
  pollfd state{fd, 0, 0};
  if (poll(&state, 1, 0) < 0) fail_call("look at %s", description.words().c_str());
  if (!(state.revents & (access == O_RDONLY ? POLLHUP : POLLERR))) refuse_description(description, "a pipe whose other end is outside of the instance");
}

void describe_pipe(Collector &collector, const Description &description) {
  Descriptor fd = description.borrow();
  uint32_t access = description.flags & O_ACCMODE;
  check_other_end(collector, description, fd.get(), access);
  image_pipe out{};
  out.pipe = static_cast<uint32_t>(description.status.st_ino);
  out.flags = description.flags;
  out.packet = description.flags & O_DIRECT ? 1 : 0;
  int capacity = fcntl(fd.get(), F_GETPIPE_SZ);
  if (capacity < 0) fail_call("ask the size of the pipe of %s", description.words().c_str());
  out.capacity = static_cast<uint64_t>(capacity);
  std::string bytes = access == O_WRONLY ? "" : bytes_in_flight(description, fd.get(), capacity);
  out.size = bytes.size();
  collector.records.add(RECORD_PIPE, description.id, "", Records::bytes_of(out) + bytes);
}
