// Open files: what the kernel doesn't pass through to the file below.
#include <sys/xattr.h>

#include <algorithm>
#include <memory>

#include "fuse/failure.h"
#include "fuse/notify.h"
#include "fuse/operations.h"
#include "fuse/privilege.h"
#include "fuse/request.h"
#include "fuse/set-id.h"
#include "fuse/view.h"

namespace {

// The object of an open file: what is backed when something is, which a copy-up may have left behind.
std::shared_ptr<Fd> opened(View& view, Node& node, bool write) {
  std::shared_lock held(view.tree);
  return view.plain_fd(node, write);
}

// After a write or a cut the kernel takes sizes and times for changed, not the mode.
void drop_set_id_told(View& view, int fd, Node& node, const fuse_in_header& asker) {
  if (drop_set_id(fd, asker, node.name.name)) notify_attributes(view.device(), node.id);
}

void drop_privileges(View& view, int fd, Node& node, const fuse_in_header& asker) {
  drop_set_id_told(view, fd, node, asker);
  if (!privileged()) return;   // the file system below takes a file's capabilities away at a write of such a server's
  if (fremovexattr(fd, "security.capability") < 0 && errno != ENODATA && errno != EOPNOTSUPP)
    fail(errno, "removexattr security.capability", node.name.name);
}

size_t write_noted(View& view, int fd, const char* data, const fuse_write_in& in, const std::string& name) {
  Noting noting(view.notes, fd, in.offset, in.offset + in.size);
  size_t done = 0;
  while (done < in.size) {
    ssize_t put = pwrite(fd, data + done, in.size - done, off_t(in.offset + done));
    if (put < 0 && done) break;
    done += size_t(check(put, "write", name));
  }
  return done;
}

size_t copy_noted(View& view, int from, off_t off_in, int to, off_t off_out, size_t length, const std::string& name) {
  Noting noting(view.notes, to, uint64_t(off_out), uint64_t(off_out) + length);
  return size_t(check(copy_file_range(from, &off_in, to, &off_out, length, 0), "copy_file_range", name));
}

// Opening it has cut it, for somebody who may not keep those bits.
void truncated_by(View& view, Node& node, const fuse_in_header& asker) {
  std::shared_lock held(view.tree);
  Fd file = view.object(node, O_PATH);
  drop_set_id_told(view, file.get(), node, asker);
}

}  // namespace

void op_open(View& view, Request& request) {
  const auto& in = request.in<fuse_open_in>();
  OpenOut out{};
  Node& node = view.node(request.head().nodeid);
  view.open_node(node, in.flags, request.head().uid, out);
  if (in.open_flags & FUSE_OPEN_KILL_SUIDGID) truncated_by(view, View::current(node), request.head());
  request.reply(out);
}

void op_release(View& view, Request& request) {
  // A node held by its opens alone goes with the last.
  Node& node = view.node(request.head().nodeid);
  view.nodes.pin(node);
  HeldNode held(view.nodes, &node);
  View::Released released = view.release_node(node, request.in<fuse_release_in>().flags, [&] { request.settle(); });
  request.done();
  view.finish_release(node, std::move(released));
}

void op_read(View& view, Request& request) {
  const auto& in = request.in<fuse_read_in>();
  Node& node = view.node(request.head().nodeid);
  std::shared_ptr<Fd> file = opened(view, node, false);
  auto buffer = std::make_unique_for_overwrite<char[]>(in.size);
  size_t done = 0;
  while (done < in.size) {
    ssize_t got = check(pread(file->get(), buffer.get() + done, in.size - done, off_t(in.offset + done)), "read", node.name.name);
    if (got == 0) break;
    done += size_t(got);
  }
  request.reply_bytes(buffer.get(), done);
}

void op_write(View& view, Request& request) {
  const auto& in = request.in<fuse_write_in>();
  Node& node = view.node(request.head().nodeid);
  std::shared_ptr<Fd> file = opened(view, node, true);
  if (in.write_flags & FUSE_WRITE_KILL_SUIDGID) drop_privileges(view, file->get(), node, request.head());
  size_t done = write_noted(view, file->get(), request.rest(sizeof in), in, node.name.name);
  if (in.flags & O_DSYNC) check(fdatasync(file->get()), "fdatasync", node.name.name);
  fuse_write_out out{uint32_t(done), 0};
  request.reply(out);
}

void op_fsync(View& view, Request& request) {
  std::shared_lock held(view.tree);
  // The kernel takes it for done, and doesn't ask again: a database would wait for each commit, for nothing.
  if (view.written_in_memory()) return request.error(ENOSYS);
  held.unlock();
  const auto& in = request.in<fuse_fsync_in>();
  Node& node = view.node(request.head().nodeid);
  std::shared_ptr<Fd> file = opened(view, node, false);
  int result = in.fsync_flags & FUSE_FSYNC_FDATASYNC ? fdatasync(file->get()) : fsync(file->get());
  check(result, "fsync", node.name.name);
  request.done();
}

void op_fallocate(View& view, Request& request) {
  const auto& in = request.in<fuse_fallocate_in>();
  Node& node = view.node(request.head().nodeid);
  std::shared_ptr<Fd> file = opened(view, node, true);
  int result = fallocate(file->get(), int(in.mode), off_t(in.offset), off_t(in.length));
  int code = errno;
  view.notes.allocated(file->get(), int(in.mode), in.offset, in.length);
  if (result < 0) fail(code, "fallocate", node.name.name);
  request.done();
}

void op_lseek(View& view, Request& request) {
  const auto& in = request.in<fuse_lseek_in>();
  Node& node = view.node(request.head().nodeid);
  std::shared_ptr<Fd> file = opened(view, node, false);
  fuse_lseek_out out{uint64_t(check(lseek(file->get(), off_t(in.offset), int(in.whence)), "lseek", node.name.name))};
  request.reply(out);
}

void op_copy_file_range(View& view, Request& request) {
  const auto& in = request.in<fuse_copy_file_range_in>();
  Node& from = view.node(request.head().nodeid);
  Node& to = view.node(in.nodeid_out);
  std::shared_ptr<Fd> source = opened(view, from, false), target = opened(view, to, true);
  // The answer has 32 bits for the count.
  size_t length = std::min<uint64_t>(in.len, 1u << 30);
  size_t done = copy_noted(view, source->get(), off_t(in.off_in), target->get(), off_t(in.off_out), length, from.name.name);
  fuse_write_out out{uint32_t(done), 0};
  request.reply(out);
}
