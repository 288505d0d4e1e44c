// A pipe's two ends, and the bytes in flight: copied out with tee, so that the pipe keeps them.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"

static bool same_pipe(const Description &a, const Description &b) {
  return b.is(S_IFIFO) && a.status.st_ino == b.status.st_ino && a.status.st_dev == b.status.st_dev;
}

static bool has_end(const Collector &collector, const Description &pipe, uint32_t access) {
  for (const Description &other : collector.all) {
    uint32_t mode = other.flags & O_ACCMODE;
    if (same_pipe(pipe, other) && (mode == access || mode == O_RDWR)) return true;
  }
  return false;
}

static bool has_packets(const Collector &collector, const Description &pipe) {
  for (const Description &other : collector.all)
    if (same_pipe(pipe, other) && (other.flags & O_DIRECT)) return true;
  return false;
}

// A read gives one packet at a time: that they are such is kept with the buffers.
static std::string read_out(int fd, size_t size, bool packets, const std::string &words) {
  std::string out, part(size, '\0');
  for (size_t done = 0; done < size;) {
    ssize_t got = read(fd, part.data(), size - done);
    if (got <= 0) fail_call("read the bytes in the pipe of %s", words.c_str());
    uint64_t length = static_cast<uint64_t>(got);
    if (packets) out += Records::bytes_of(length);
    out.append(part.data(), length);
    if (packets) pad_to_8(out);
    done += length;
  }
  return out;
}

std::string bytes_in_pipe(const Description &description, int fd, bool packets) {
  int waiting = 0, capacity = fcntl(fd, F_GETPIPE_SZ);
  if (capacity < 0 || ioctl(fd, FIONREAD, &waiting) != 0) fail_call("ask how much is in the pipe of %s", description.words().c_str());
  if (waiting == 0) return "";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail_call("make a pipe");
  Descriptor read_end(ends[0]), write_end(ends[1]);
  if (fcntl(ends[1], F_SETPIPE_SZ, capacity) < 0) fail_call("make a pipe of %d bytes", capacity);
  ssize_t got = tee(fd, ends[1], static_cast<size_t>(waiting), SPLICE_F_NONBLOCK);
  if (got != waiting) fail_call("copy the %d bytes in the pipe of %s", waiting, description.words().c_str());
  return read_out(ends[0], static_cast<size_t>(got), packets, description.words());
}

// The other end may be closed; it may not be in a process outside.
static void check_other_end(const Collector &collector, const Description &description, int fd, uint32_t access) {
  if (access == O_RDWR || has_end(collector, description, access == O_RDONLY ? O_WRONLY : O_RDONLY)) return;
  pollfd state{fd, 0, 0};
  if (poll(&state, 1, 0) < 0) fail_call("look at %s", description.words().c_str());
  if (!(state.revents & (access == O_RDONLY ? POLLHUP : POLLERR))) refuse_description(description, "a pipe whose other end is outside of the instance");
}

// Several descriptions can read one pipe: the first of them brings the bytes.
bool is_first_reader(const Collector &collector, const Description &description) {
  for (const Description &other : collector.all)
    if (same_pipe(description, other) && (other.flags & O_ACCMODE) != O_WRONLY) return &other == &description;
  return false;
}

void describe_pipe(Collector &collector, const Description &description) {
  Descriptor fd = description.borrow();
  check_other_end(collector, description, fd.get(), description.flags & O_ACCMODE);
  image_pipe out{};
  out.pipe = static_cast<uint32_t>(description.status.st_ino);
  out.flags = description.flags;
  out.packet = has_packets(collector, description) ? 1 : 0;
  int capacity = fcntl(fd.get(), F_GETPIPE_SZ);
  if (capacity < 0) fail_call("ask the size of the pipe of %s", description.words().c_str());
  out.capacity = static_cast<uint64_t>(capacity);
  std::string bytes = is_first_reader(collector, description) ? bytes_in_pipe(description, fd.get(), out.packet) : "";
  out.size = bytes.size();
  collector.records.add(RECORD_PIPE, description.id, "", Records::bytes_of(out) + bytes);
}
