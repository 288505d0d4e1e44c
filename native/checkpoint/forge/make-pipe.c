#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

static int write_all(int end, const char *from, uint64_t size, uint32_t id) {
  for (uint64_t done = 0; done < size;) {
    long n = sys_write(end, from + done, size - done);
    if (n <= 0) return fail_number(n ? n : -EIO, "fill pipe", id);
    done += (uint64_t)n;
  }
  return 0;
}

/* Packets are written one by one through an end that makes packets of what is written. */
static int write_packets(int end, const char *at, uint64_t size, uint32_t id) {
  for (const char *last = at + size; at < last;) {
    uint64_t length = 0;
    if ((uint64_t)(last - at) >= sizeof length) memcpy(&length, at, sizeof length);
    if (!length || length > (uint64_t)(last - at) - sizeof length) return fail_number(-EPROTO, "read the packets in pipe", id);
    if (write_all(end, at + sizeof length, length, id) < 0) return -1;
    at += sizeof length + ((length + 7) & ~7ull);
  }
  return 0;
}

static int set_capacity(int end, const struct image_pipe *pipe) {
  if (pipe->capacity == 0 || pipe->capacity == 65536) return 0;
  long r = sys3(SYS_fcntl, end, F_SETPIPE_SZ, pipe->capacity);
  return r < 0 ? fail_number(r, "size pipe", pipe->pipe) : 0;
}

/* But for O_ASYNC: see locks.c. */
static int set_flags(int end, uint32_t flags, uint32_t id) {
  long r = sys3(SYS_fcntl, end, F_SETFL, flags & ~(uint32_t)(O_ACCMODE | O_ASYNC));
  return r < 0 ? fail_number(r, "set the flags of pipe", id) : 0;
}

/* The same pipe opened once more, with flags of its own; open() refuses packets to a pipe, F_SETFL doesn't. */
static int open_again(int end, uint32_t flags, uint32_t id) {
  char name[64];
  struct line line = line_in(name, sizeof name);
  put(&line, "/proc/self/fd/");
  put_number(&line, end);
  long fd = sys_open(name, (int)(flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_DIRECT)) | O_CLOEXEC, 0);
  if (fd < 0) return fail_number(fd, "open again pipe", id);
  return flags & (uint32_t)O_DIRECT && set_flags((int)fd, flags, id) < 0 ? -1 : (int)fd;
}

/* Through an end of our own, with no flags but what the bytes need. */
static int fill(int write_end, const struct description *d) {
  const struct image_pipe *pipe = d->item.data;
  const char *bytes = (const char *)(pipe + 1);
  if (pipe->size > d->item.size - sizeof *pipe) return fail_number(-EPROTO, "read the bytes in pipe", pipe->pipe);
  int end = open_again(write_end, O_WRONLY | O_NONBLOCK | (pipe->packet ? (uint32_t)O_DIRECT : 0), pipe->pipe);
  if (end < 0) return -1;
  int filled = pipe->packet ? write_packets(end, bytes, pipe->size, pipe->pipe) : write_all(end, bytes, pipe->size, pipe->pipe);
  sys_close(end);
  return filled;
}

/* Gives every description of pipe `id` its end: the first reader and writer the ends themselves, later ones reopened. */
static int hand_out(uint32_t id, const int ends[2]) {
  int taken[2] = {0, 0};
  for (uint32_t i = 0; i < image.description_count; i++) {
    struct description *d = &image.descriptions[i];
    const struct image_pipe *pipe = d->item.data;
    if (d->item.head->type != RECORD_PIPE || pipe->pipe != id || d->done) continue;
    uint32_t way = pipe->flags & O_ACCMODE;
    int end = ends[way != O_RDONLY];
    if (way == O_RDWR || taken[way == O_WRONLY]++) {
      if ((d->fd = move_high(open_again(end, pipe->flags, id), "a pipe")) < 0) return -1;
    } else {
      long fd = sys3(SYS_fcntl, end, F_DUPFD_CLOEXEC, high_base());
      if (fd < 0) return fail_number(fd, "duplicate an end of pipe", id);
      d->fd = (int)fd;
      if (set_flags((int)fd, pipe->flags, id) < 0) return -1;
    }
    d->done = 1;
    if (pipe->size && fill(ends[1], d) < 0) return -1;
  }
  return 0;
}

/* Steps 320-322: the ends of a pipe are reconnected by being made together. An end that nobody of the image holds is
 * closed: its other side sees the end of the file, or EPIPE. */
int make_pipe(struct description *d) {
  const struct image_pipe *pipe = d->item.data;
  int ends[2];
  long r = sys2(SYS_pipe2, ends, O_CLOEXEC);
  if (r < 0) return fail_number(r, "make pipe", pipe->pipe);
  int made = set_capacity(ends[1], pipe) < 0 ? -1 : hand_out(pipe->pipe, ends);
  sys_close(ends[0]);
  sys_close(ends[1]);
  return made < 0 ? -1 : d->fd;
}
