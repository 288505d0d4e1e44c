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
#include "fuse/patience.h"
#include "fuse/registry.h"
#include "fuse/request.h"
#include "fuse/turn.h"
#include "fuse/wakefulness.h"

namespace pool {
namespace {

constexpr int resident = 3, most = 64, idle_ms = 5000;
int epoll_fd = -1;
std::atomic<int> threads{0}, idle{0};

void spawn();

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
void serve(View& view, durable::ThreadArea& area, wakefulness::Burst& burst, Patience& patience) {
  char* buffer = area.request;
  durable::RequestSlot& slot = area.slot;
  auto& head = *reinterpret_cast<fuse_in_header*>(buffer);
  slot.view = uint32_t(view.memory.number());
  Turn turn(view, &area);
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
        turn.rests();
        if (!turn.mine()) break;
        if (patience.look_again()) sched_yield();
        else if (!linger(view)) break;
        continue;
      }
      if (errno != ENODEV && errno != ECONNABORTED && errno != EBADF) log_line("read request of %s: %m", view.aid.c_str());
      epoll_ctl(epoll_fd, EPOLL_CTL_DEL, view.device(), nullptr);
      view.cut_off = true;   // the control thread gives it up
      return;
    }
    if (head.opcode != FUSE_RELEASE) patience.came();   // nobody waits for that one
    if (waits_for_disk(head.opcode)) burst.rest();
    else burst.asked();
    Request request(view.device(), slot, buffer, size_t(size), &turn);
    turn.begins(head);
    dispatch(view, request);
  }
  slot.phase = durable::RequestSlot::idle;
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
  Patience patience;
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
    if (std::shared_ptr<View> view = registry::by_serial(event.data.u64)) serve(*view, *area, burst, patience);
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

namespace {

// The thread that is told of requests owns them until the watch is set again.
bool set_watch(View& view, uint32_t events) {
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.u64 = view.serial;
  return epoll_ctl(epoll_fd, EPOLL_CTL_MOD, view.device(), &event) == 0;
}

}  // namespace

void hand_on(View& view) { set_watch(view, EPOLLIN); }

bool take_back(View& view) { return set_watch(view, 0); }

}  // namespace pool
