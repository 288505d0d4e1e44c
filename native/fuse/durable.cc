#include "fuse/durable.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cstring>

#include "fuse/failure.h"

namespace durable {

Shared* shared = nullptr;
int shared_fd = -1;

namespace {

std::atomic<bool> taken[most_threads];
// A kill while the kernel copies a request into pages that aren't there yet would fail the request.
constexpr size_t touched_ahead = 64 << 10;

void map(int fd) {
  void* at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail(errno, "mmap", "shared memory");
  shared = static_cast<Shared*>(at);
  shared_fd = fd;
}

}  // namespace

void create() {
  Fd fd(check(memfd_create("appshot-view", MFD_CLOEXEC), "memfd_create", "appshot-view"));
  check(ftruncate(fd.get(), sizeof(Shared)), "ftruncate", "shared memory");
  map(fd.release());
}

void adopt(int fd) {
  check(fcntl(fd, F_SETFD, FD_CLOEXEC), "fcntl", "shared memory");
  map(fd);
}

ThreadArea* claim_thread() {
  for (uint32_t i = 0; i < most_threads; i++) {
    if (taken[i].exchange(true)) continue;
    ThreadArea* area = &shared->threads[i];
    if (madvise(area, sizeof(RequestSlot) - sizeof area->slot.counted, MADV_POPULATE_WRITE) < 0 || madvise(area->request, touched_ahead, MADV_POPULATE_WRITE) < 0)
      fail(errno, "madvise", "request buffer");
    area->slot.phase = RequestSlot::idle;
    return area;
  }
  return nullptr;
}

void leave_thread(ThreadArea* area) {
  // The pages go back to the system.
  off_t at = off_t(reinterpret_cast<char*>(area) - reinterpret_cast<char*>(shared));
  if (fallocate(shared_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, sizeof *area) < 0) area->slot.phase = RequestSlot::idle;
  taken[area - shared->threads] = false;
}

void keep(Kept::Kind kind, uint32_t view, uint64_t unique, int32_t error, const void* reply, uint32_t size) {
  Kept& entry = shared->kept[shared->next_kept++ % std::size(shared->kept)];
  entry.kind = Kept::none;
  entry.view = view;
  entry.unique = unique & same_request;
  entry.error = error;
  entry.size = size;
  if (size) memcpy(entry.reply, reply, size);
  entry.kind = kind;
}

void keep_listing(const RequestSlot& slot) {
  KeptListing& entry = shared->listings[shared->next_listing++ % std::size(shared->listings)];
  entry.count = 0;
  entry.view = slot.view;
  entry.unique = slot.unique & same_request;
  memcpy(entry.counted, slot.counted, slot.progress * sizeof *slot.counted);
  entry.count = slot.progress.load();
}

KeptListing* kept_listing(uint32_t view, uint64_t unique) {
  for (KeptListing& entry : shared->listings)
    if (entry.count && entry.view == view && entry.unique == (unique & same_request)) return &entry;
  return nullptr;
}

Kept* kept(uint32_t view, uint64_t unique) {
  for (Kept& entry : shared->kept)
    if (entry.kind != Kept::none && entry.view == view && entry.unique == (unique & same_request)) return &entry;
  return nullptr;
}

}  // namespace durable
