// Memory that outlives the server: what a new server needs to go on where a killed one stopped.
//
// It lies in memory files. The keeper (keeper.h) shares its table of descriptors with the server, so the files, and
// every descriptor whose number is written down in them, are still there when the server is not. A server may be
// killed between any two stores, so each record is written in an order that leaves it either valid or absent.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "fuse/fd.h"
#include "fuse/protocol.h"

namespace durable {

inline constexpr uint64_t same_request = ~UNIQUE_RESENT;   // of fuse_in_header.unique
inline constexpr uint32_t most_views = 16384, most_threads = 64, longest_reply = 400, most_counted = 8192;

// What a request came to, kept until the thread takes the next one. The kernel asks again for what a killed server left
// unanswered; whatever was done but not answered must not be done twice.
struct RequestSlot {
  enum Phase : uint32_t { idle, reading, serving, done };
  std::atomic<uint32_t> phase;
  uint32_t view;              // number of the view
  uint64_t unique;
  int32_t error;
  uint32_t size;
  std::atomic<uint32_t> progress;   // forgets carried out, or nodes counted for a listing
  std::atomic<uint32_t> certain;    // checked, and from here on carried out: asked again, it can't fail for that
  char reply[longest_reply];
  uint64_t counted[most_counted];   // nodes that the kernel was to get one more reference of
};

// Each thread's slot is followed by the buffer it reads requests into: a forget has no answer, so the kernel doesn't
// send it again.
struct ThreadArea {
  RequestSlot slot;
  alignas(4096) char request[REQUEST_SIZE];
};

// What became of a request that a killed server had taken, for when the kernel sends it again.
struct Kept {
  enum Kind : uint32_t { none, answered, certain, linked };
  std::atomic<uint32_t> kind;
  uint32_t view;
  uint64_t unique;
  int32_t error;
  uint32_t size;
  char reply[longest_reply];
};

// A listing that may or may not have reached the kernel: if it is asked for again, it did not, and what was counted for
// it is taken off.
struct KeptListing {
  uint64_t unique;
  uint32_t view;
  std::atomic<uint32_t> count;   // 0: nothing is kept here
  uint64_t counted[most_counted];
};

struct Shared {
  std::atomic<uint32_t> ending;      // the server ends because it was told to
  std::atomic<uint32_t> ready;       // a server has taken over, or started
  std::atomic<int32_t> server, keeper;
  int32_t listener;
  std::atomic<int32_t> start_up;     // the pipe that tells the caller that the first server is there; 0 afterwards
  std::atomic<uint32_t> takeovers;
  char socket[108];
  char state_dir[4096];
  std::atomic<int32_t> views[most_views];   // descriptors of the views' memory files, 0 where there is none
  std::atomic<uint32_t> next_kept;
  Kept kept[512];   // a ring: what was answered just before a kill is never asked for again
  std::atomic<uint32_t> next_listing;
  KeptListing listings[128];
  ThreadArea threads[most_threads];
};

extern Shared* shared;
extern int shared_fd;

void create();         // throws Failure
void adopt(int fd);    // maps what another process made; throws Failure

// A slot and buffer for a thread; nullptr when all are taken. What it holds of a killed server's is left alone.
ThreadArea* claim_thread();
void leave_thread(ThreadArea* area);

void keep(Kept::Kind kind, uint32_t view, uint64_t unique, int32_t error = 0, const void* reply = nullptr, uint32_t size = 0);
Kept* kept(uint32_t view, uint64_t unique);   // nullptr when nothing is known of it

void keep_listing(const RequestSlot& slot);
KeptListing* kept_listing(uint32_t view, uint64_t unique);

}  // namespace durable
