#include "fuse/request.h"

#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/operations.h"
#include "fuse/turn.h"
#include "fuse/view.h"

namespace {

// What must not be done again when only its answer was lost.
bool once_only(uint32_t code) {
  switch (code) {
    case FUSE_LOOKUP: case FUSE_CREATE: case FUSE_TMPFILE: case FUSE_MKNOD: case FUSE_MKDIR: case FUSE_SYMLINK: case FUSE_LINK:
    case FUSE_UNLINK: case FUSE_RMDIR: case FUSE_RENAME: case FUSE_RENAME2: case FUSE_OPEN: case FUSE_RELEASE: case FUSE_READDIRPLUS:
    case FUSE_SETXATTR: case FUSE_REMOVEXATTR:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Request::settle(int error, const void* data, size_t size) {
  if (settled_) return;
  settled_ = true;
  slot_.error = error;
  slot_.size = uint32_t(size);
  if (size && size <= sizeof slot_.reply) memcpy(slot_.reply, data, size);
  slot_.phase = durable::RequestSlot::done;
}

durable::Kept* Request::kept(const View& view) const {
  return head_->unique & UNIQUE_RESENT ? durable::kept(uint32_t(view.memory.number()), head_->unique) : nullptr;
}

void Request::send(int error, const void* data, size_t size) {
  if (once_only(head_->opcode)) settle(error, data, size);
  fuse_out_header out{uint32_t(sizeof out + size), error, head_->unique};
  iovec parts[2] = {{&out, sizeof out}, {const_cast<void*>(data), size}};
  answered_ = true;
  if (turn_) turn_->answers();
  // ENOENT: the asker was interrupted and is gone. ENODEV: unmounted. Nobody is left to be told.
  if (writev(device_, parts, size ? 2 : 1) < 0 && errno != ENOENT && errno != ENODEV && errno != ECONNABORTED)
    log_line("answer to request %u of node %llu: %m", head_->opcode, (unsigned long long)head_->nodeid);
}

namespace {

using Operation = void (*)(View&, Request&);

Operation operation(uint32_t code) {
  switch (code) {
    case FUSE_LOOKUP: return op_lookup;
    case FUSE_FORGET: return op_forget;
    case FUSE_BATCH_FORGET: return op_batch_forget;
    case FUSE_GETATTR: return op_getattr;
    case FUSE_SETATTR: return op_setattr;
    case FUSE_READLINK: return op_readlink;
    case FUSE_STATFS: return op_statfs;
    case FUSE_OPENDIR: return op_opendir;
    case FUSE_READDIR: return op_readdir;
    case FUSE_READDIRPLUS: return op_readdirplus;
    case FUSE_RELEASEDIR: return op_releasedir;
    case FUSE_FSYNCDIR: return op_fsyncdir;
    case FUSE_CREATE: return op_create;
    case FUSE_TMPFILE: return op_tmpfile;
    case FUSE_MKNOD: return op_mknod;
    case FUSE_MKDIR: return op_mkdir;
    case FUSE_SYMLINK: return op_symlink;
    case FUSE_UNLINK: return op_unlink;
    case FUSE_RMDIR: return op_rmdir;
    case FUSE_LINK: return op_link;
    case FUSE_RENAME: return op_rename;
    case FUSE_RENAME2: return op_rename2;
    case FUSE_OPEN: return op_open;
    case FUSE_RELEASE: return op_release;
    case FUSE_READ: return op_read;
    case FUSE_WRITE: return op_write;
    case FUSE_FSYNC: return op_fsync;
    case FUSE_FALLOCATE: return op_fallocate;
    case FUSE_LSEEK: return op_lseek;
    case FUSE_COPY_FILE_RANGE: return op_copy_file_range;
    case FUSE_GETXATTR: return op_getxattr;
    case FUSE_SETXATTR: return op_setxattr;
    case FUSE_LISTXATTR: return op_listxattr;
    case FUSE_REMOVEXATTR: return op_removexattr;
    default: return nullptr;
  }
}

bool expects_no_answer(uint32_t code) { return code == FUSE_FORGET || code == FUSE_BATCH_FORGET || code == FUSE_INTERRUPT; }

}  // namespace

void dispatch(View& view, Request& request) {
  uint32_t code = request.head().opcode;
  view.counters.requests++;
  Operation run = operation(code);
  if (!run) {
    // FLUSH among them: told once that it isn't served, the kernel sends no more of them.
    if (!expects_no_answer(code)) request.error(ENOSYS);
    return;
  }
  durable::Kept* before = request.kept(view);
  if (before && before->kind == durable::Kept::answered) {
    before->error ? request.error(-before->error) : request.reply_bytes(before->reply, before->size);
    before->kind = durable::Kept::none;
    return;
  }
  int code_of_failure = 0;
  try {
    run(view, request);
  } catch (const Failure& failure) {
    code_of_failure = failure.code();
    if (code_of_failure == EIO || code_of_failure == EBADF || code_of_failure == EMFILE || code_of_failure == ENFILE)
      log_line("%s: request %u: %s: %s", view.aid.c_str(), code, failure.what(), strerrorname_np(code_of_failure));
  } catch (const std::bad_alloc&) {
    code_of_failure = ENOMEM;
  }
  if (code_of_failure && !request.answered() && !expects_no_answer(code)) request.error(code_of_failure);
}
