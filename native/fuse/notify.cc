#include "fuse/notify.h"

#include <sys/uio.h>

#include <cerrno>

#include "fuse/log.h"
#include "fuse/protocol.h"

void notify_attributes(int device, uint64_t node) {
  fuse_out_header head{};
  fuse_notify_inval_inode_out body{};
  head.len = sizeof head + sizeof body;
  head.error = FUSE_NOTIFY_INVAL_INODE;
  body.ino = node;
  body.off = -1;  // attributes only
  iovec parts[2] = {{&head, sizeof head}, {&body, sizeof body}};
  // ENOENT: the kernel doesn't have the node any more, which is as good.
  if (writev(device, parts, 2) < 0 && errno != ENOENT && errno != ENODEV) log_line("notify node %llu: %m", (unsigned long long)node);
}

void notify_contents(int device, uint64_t node, const void* data, size_t size) {
  fuse_out_header head{};
  fuse_notify_store_out body{};
  head.len = uint32_t(sizeof head + sizeof body + size);
  head.error = FUSE_NOTIFY_STORE;
  body.nodeid = node;
  body.size = uint32_t(size);
  iovec parts[3] = {{&head, sizeof head}, {&body, sizeof body}, {const_cast<void*>(data), size}};
  if (writev(device, parts, 3) < 0 && errno != ENOENT && errno != ENODEV) log_line("contents of node %llu: %m", (unsigned long long)node);
}

bool notify_unused(int device, std::span<const uint64_t> nodes) {
  fuse_out_header head{};
  NotifyPruneOut body{};
  head.len = uint32_t(sizeof head + sizeof body + nodes.size_bytes());
  head.error = NOTIFY_PRUNE;
  body.count = uint32_t(nodes.size());
  iovec parts[3] = {{&head, sizeof head}, {&body, sizeof body}, {const_cast<uint64_t*>(nodes.data()), nodes.size_bytes()}};
  if (writev(device, parts, 3) >= 0 || errno == ENODEV) return true;
  if (errno == EINVAL) return false;
  log_line("unused nodes: %m");
  return true;
}
