// The kernel's FUSE protocol: what <linux/fuse.h> of an older system lacks (7.39 to 7.45).
#pragma once
#include <linux/fuse.h>
#include <sys/ioctl.h>

#include <cstdint>

inline constexpr uint64_t INIT_PASSTHROUGH = 1ull << 37;
inline constexpr uint64_t INIT_HAS_RESEND = 1ull << 39;
inline constexpr uint32_t OPEN_PASSTHROUGH = 1u << 7;
inline constexpr int NOTIFY_RESEND = 7;
inline constexpr int NOTIFY_PRUNE = 9;   // Linux 6.18
struct NotifyPruneOut {
  uint32_t count, padding;
  uint64_t spare;
};
// Marks a request in fuse_in_header.unique that was sent before, to a server that is gone.
inline constexpr uint64_t UNIQUE_RESENT = 1ull << 63;

struct InitOut {
  uint32_t major, minor, max_readahead, flags;
  uint16_t max_background, congestion_threshold;
  uint32_t max_write, time_gran;
  uint16_t max_pages, map_alignment;
  uint32_t flags2, max_stack_depth;
  uint16_t request_timeout;
  uint16_t unused[11];
};
static_assert(sizeof(InitOut) == 64);

struct OpenOut {
  uint64_t fh;
  uint32_t open_flags;
  int32_t backing_id;
};
static_assert(sizeof(OpenOut) == sizeof(fuse_open_out));

struct BackingMap {
  int32_t fd;
  uint32_t flags;
  uint64_t padding;
};
inline constexpr unsigned long IOC_BACKING_OPEN = _IOW(229, 1, BackingMap);
inline constexpr unsigned long IOC_BACKING_CLOSE = _IOW(229, 2, uint32_t);

inline constexpr uint32_t MAX_WRITE = 1u << 20;
inline constexpr uint32_t REQUEST_SIZE = MAX_WRITE + 4096;
