#include "fuse/turn.h"

#include <fcntl.h>
#include <sys/sysinfo.h>

#include "fuse/age.h"
#include "fuse/pool.h"

namespace pool {
namespace {

constexpr int enough = 32;              // requests that one thread serves without a pause before another may join it
constexpr uint64_t quick_ns = 20'000;   // one that waited for no disk

// Two processors are kept busy by one thread here and those who ask.
bool processors_to_spare() {
  static const bool known = get_nprocs() > 2;
  return known;
}

// A file opened for writing may have to be copied first.
bool may_block(View& view, const fuse_in_header& head) {
  const void* body = &head + 1;
  switch (head.opcode) {
    case FUSE_FSYNC: case FUSE_FSYNCDIR: case FUSE_FALLOCATE: case FUSE_COPY_FILE_RANGE: case FUSE_WRITE:
    case FUSE_READ: case FUSE_RENAME: case FUSE_RENAME2: case FUSE_LINK:
      return true;
    case FUSE_SETATTR:
      return static_cast<const fuse_setattr_in*>(body)->valid & FATTR_SIZE || !view.has_copied(head.nodeid);
    case FUSE_SETXATTR: case FUSE_REMOVEXATTR:
      return !view.has_copied(head.nodeid);
    case FUSE_OPEN:
      return static_cast<const fuse_open_in*>(body)->flags & (O_ACCMODE | O_TRUNC);
    default:
      return false;
  }
}

}  // namespace

Turn::Turn(View& view, const void* thread) : view_(view), thread_(thread) { view_.served_by = thread_; }

Turn::~Turn() {
  if (alone_) hand_on(view_);
}

bool Turn::mine() {
  if (view_.served_by != thread_) alone_ = false;
  return alone_;
}

void Turn::begins(const fuse_in_header& request) {
  lent_ = false;
  if (!alone_) return;
  if (may_block(view_, request)) {
    lent_ = true;
    return share();
  }
  if (++in_a_row_ == 1) began_ = precise_clock_ns();
  if (in_a_row_ < enough) return;
  if (processors_to_spare() || slow()) share();
  in_a_row_ = 0;
}

void Turn::answers() {
  if (lent_ && view_.served_by == thread_ && take_back(view_)) {
    alone_ = true;
    // Who began in this very moment may have let others in, which was undone just now.
    if (view_.served_by != thread_) share();
  }
  lent_ = false;
}

void Turn::share() {
  alone_ = false;
  hand_on(view_);
}

bool Turn::slow() { return precise_clock_ns() - began_ > quick_ns * enough; }

}  // namespace pool
