#include "fuse/pool.h"

#include <sched.h>
#include <sys/epoll.h>

#include <fcntl.h>
#include <poll.h>
#include <cstring>
#include <thread>

#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/registry.h"
#include "fuse/request.h"
#include "fuse/wakefulness.h"

namespace pool {
namespace {

constexpr int resident = 3, most = 64, idle_ms = 5000;
constexpr int enough = 32;   // requests that one thread serves without a pause before another one joins it
constexpr int looks = 20;
int epoll_fd = -1;
std::atomic<int> threads{0}, idle{0};

void spawn();

// A file opened for writing may have to be copied first.
bool may_block(const fuse_in_header& head) {
  switch (head.opcode) {
    case FUSE_FSYNC: case FUSE_FSYNCDIR: case FUSE_SETATTR: case FUSE_FALLOCATE: case FUSE_COPY_FILE_RANGE: case FUSE_WRITE:
    case FUSE_READ: case FUSE_RENAME: case FUSE_RENAME2: case FUSE_LINK: case FUSE_SETXATTR: case FUSE_REMOVEXATTR:
      return true;
    case FUSE_OPEN:
      return reinterpret_cast<const fuse_open_in*>(&head + 1)->flags & (O_ACCMODE | O_TRUNC);
    default:
      return false;
  }
}

// Is long in coming back, and not for want of a processor.
bool waits_for_disk(uint32_t code) {
  return code == FUSE_FSYNC || code == FUSE_FSYNCDIR || code == FUSE_FALLOCATE || code == FUSE_COPY_FILE_RANGE;
}

// Waits for more of the same view, as long as others are there for other views: the thread that served the last request
// is the one that runs where the asker does.
bool linger(View& view) {
  if (idle == 0) return false;
  pollfd more{view.device(), POLLIN, 0};
  return poll(&more, 1, wakefulness::linger_ms) > 0;
}

// Serves until the view has no more requests waiting.
void serve(View& view, durable::ThreadArea& area, wakefulness::Burst& burst) {
  char* buffer = area.request;
  durable::RequestSlot& slot = area.slot;
  auto& head = *reinterpret_cast<fuse_in_header*>(buffer);
  slot.view = uint32_t(view.memory.number());
  bool alone = true;   // no other thread looks for requests of this view
  int in_a_row = 0, idle_looks = 0;
  while (!view.gone) {
    slot.phase = durable::RequestSlot::idle;   // nothing of the last request may be taken for the next one's
    // Whether the kernel has put a request there shows even if this thread never gets to look.
    head.len = 0;
    slot.progress = 0;
    slot.certain = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slot.phase = durable::RequestSlot::reading;
    ssize_t size = read(view.device(), buffer, REQUEST_SIZE);
    if (size > 0) {
      slot.unique = head.unique;
      slot.phase = durable::RequestSlot::serving;
    } else {
      slot.phase = durable::RequestSlot::idle;
    }
    if (size < 0) {
      if (errno == EINTR || errno == ENOENT) continue;  // ENOENT: the request was withdrawn
      if (errno == EAGAIN) {
        in_a_row = 0;
        if (!alone) break;
        // Requests of several come one upon the other: to look again for a moment costs less than to sleep and wake.
        if (idle_looks++ < looks) sched_yield();
        else if (!linger(view)) break;
        continue;
      }
      if (errno != ENODEV && errno != ECONNABORTED && errno != EBADF) log_line("read request of %s: %m", view.aid.c_str());
      epoll_ctl(epoll_fd, EPOLL_CTL_DEL, view.device(), nullptr);
      view.cut_off = true;   // the control thread gives it up
      return;
    }
    idle_looks = 0;
    if (waits_for_disk(head.opcode)) burst.rest();
    else burst.asked();
    Request request(view.device(), slot, buffer, size_t(size));
    if (alone && (may_block(request.head()) || ++in_a_row == enough)) {
      alone = false;
      hand_on(view);
    }
    dispatch(view, request);
  }
  slot.phase = durable::RequestSlot::idle;
  if (alone) hand_on(view);
}

// A thread without work ends, but never one of the last: several that find at once that they are too many must not all go.
bool may_end() {
  int now = threads;
  while (now > resident) {
    if (threads.compare_exchange_weak(now, now - 1)) return true;
  }
  return false;
}

void work() {
  // A file mode mask of this thread's own, see AskersMask.
  if (unshare(CLONE_FS) < 0) log_line("unshare: %m");
  durable::ThreadArea* area = durable::claim_thread();
  if (!area) {
    threads--;
    return;
  }
  wakefulness::Burst burst;
  for (;;) {
    epoll_event event;
    idle++;
    bool awake = burst.awake();
    int count = epoll_wait(epoll_fd, &event, 1, awake ? wakefulness::linger_ms : idle_ms);
    int others = --idle;
    if (count == 0) burst.rest();
    if (count == 0 && !awake && may_end()) break;
    if (count <= 0) continue;
    if (others == 0) spawn();
    if (std::shared_ptr<View> view = registry::by_serial(event.data.u64)) serve(*view, *area, burst);
  }
  durable::leave_thread(area);
}

void spawn() {
  if (threads >= most) return;
  threads++;
  try {
    std::thread(work).detach();
  } catch (const std::system_error& error) {
    threads--;
    log_line("new thread: %s", error.what());
  }
}

}  // namespace

void start() {
  epoll_fd = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create", "pool");
  wakefulness::start();
  for (int i = 0; i < resident; i++) spawn();
}

void watch(View& view) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = view.serial;
  check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, view.device(), &event), "epoll_ctl", view.aid);
}

void hand_on(View& view) {
  // The thread that is told of requests owns them until it sets the watch again.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = view.serial;
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, view.device(), &event);
}

}  // namespace pool
