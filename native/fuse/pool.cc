#include "fuse/pool.h"

#include <sched.h>
#include <sys/epoll.h>

#include <cstring>
#include <thread>

#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/registry.h"
#include "fuse/request.h"

namespace pool {
namespace {

constexpr int resident = 3, most = 64, idle_ms = 5000;
int epoll_fd = -1;
std::atomic<int> threads{0}, idle{0};

void spawn();

bool may_block(uint32_t code) {
  switch (code) {
    case FUSE_FSYNC: case FUSE_FSYNCDIR: case FUSE_OPEN: case FUSE_SETATTR: case FUSE_FALLOCATE: case FUSE_COPY_FILE_RANGE:
    case FUSE_READ: case FUSE_WRITE: case FUSE_RENAME: case FUSE_RENAME2: case FUSE_LINK: case FUSE_SETXATTR: case FUSE_REMOVEXATTR:
      return true;
    default:
      return false;
  }
}

// Serves until the view has no more requests waiting.
void serve(View& view, durable::ThreadArea& area) {
  char* buffer = area.request;
  durable::RequestSlot& slot = area.slot;
  auto& head = *reinterpret_cast<fuse_in_header*>(buffer);
  slot.view = uint32_t(view.memory.number());
  while (!view.gone) {
    // Whether the kernel has put a request there shows even if this thread never gets to look.
    head.len = 0;
    slot.progress = 0;
    slot.certain = 0;
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
      if (errno == EAGAIN) return;
      if (errno != ENODEV && errno != ECONNABORTED && errno != EBADF) log_line("read request of %s: %m", view.aid.c_str());
      epoll_ctl(epoll_fd, EPOLL_CTL_DEL, view.device(), nullptr);
      return;
    }
    Request request(view.device(), slot, buffer, size_t(size));
    if (may_block(request.head().opcode)) hand_on(view);
    dispatch(view, request);
  }
  slot.phase = durable::RequestSlot::idle;
}

void work() {
  // A file mode mask of this thread's own, see AskersMask.
  if (unshare(CLONE_FS) < 0) log_line("unshare: %m");
  durable::ThreadArea* area = durable::claim_thread();
  if (!area) {
    threads--;
    return;
  }
  for (;;) {
    epoll_event event;
    idle++;
    int count = epoll_wait(epoll_fd, &event, 1, idle_ms);
    int others = --idle;
    if (count == 0 && threads > resident) break;
    if (count <= 0) continue;
    if (others == 0) spawn();
    if (std::shared_ptr<View> view = registry::by_serial(event.data.u64)) serve(*view, *area);
  }
  durable::leave_thread(area);
  threads--;
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
  for (int i = 0; i < resident; i++) spawn();
}

void watch(View& view) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = view.serial;
  check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, view.device(), &event), "epoll_ctl", view.aid);
}

void hand_on(View& view) {
  // Edges may have been merged: setting the watch again makes a new one if requests wait.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = view.serial;
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, view.device(), &event);
}

}  // namespace pool
