// Mounting a view and agreeing with the kernel on the protocol.
#include <poll.h>
#include <sys/mount.h>
#include <sys/uio.h>

#include <cstdlib>
#include <cstring>

#include "fuse/failure.h"
#include "fuse/fusermount.h"
#include "fuse/log.h"
#include "fuse/mount-check.h"
#include "fuse/privilege.h"
#include "fuse/view.h"

namespace {

// One more file system may lie between a store and its disk (a container's overlay).
constexpr uint32_t stack_depth = 2;

Fd make_mount(int device, const std::string& aid) {
  Fd context(check(fsopen("fuse", FSOPEN_CLOEXEC), "fsopen", "fuse"));
  auto set = [&](const char* key, const char* value) {
    check(fsconfig(context.get(), FSCONFIG_SET_STRING, key, value, 0), "fsconfig", std::string(key) + "=" + value);
  };
  set("fd", std::to_string(device).c_str());
  set("rootmode", "40000");
  set("user_id", "0");
  set("group_id", "0");
  set("source", "appshot");
  set("subtype", "appshot");
  for (const char* flag : {"allow_other", "default_permissions"})
    check(fsconfig(context.get(), FSCONFIG_SET_FLAG, flag, nullptr, 0), "fsconfig", flag);
  check(fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "create mount of", aid);
  return Fd(check(fsmount(context.get(), FSMOUNT_CLOEXEC, 0), "fsmount", aid));
}

void answer_init(int device, const fuse_in_header& head, const fuse_init_in& in, bool& passthrough) {
  uint64_t offered = in.flags | (in.flags & FUSE_INIT_EXT ? uint64_t(in.flags2) << 32 : 0);
  uint64_t wanted = FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_EXPORT_SUPPORT | FUSE_BIG_WRITES | FUSE_DONT_MASK | FUSE_AUTO_INVAL_DATA |
                    FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIO | FUSE_PARALLEL_DIROPS | FUSE_POSIX_ACL | FUSE_MAX_PAGES |
                    FUSE_CACHE_SYMLINKS | FUSE_HANDLE_KILLPRIV_V2 | FUSE_SETXATTR_EXT | FUSE_INIT_EXT | INIT_PASSTHROUGH | INIT_HAS_RESEND;
  // For tests of the path that older kernels and servers without privileges take.
  const char* setting = getenv("APPSHOT_PASSTHROUGH");
  if ((setting && strcmp(setting, "0") == 0) || !privileged()) wanted &= ~INIT_PASSTHROUGH;
  uint64_t taken = offered & wanted;
  if (!(taken & FUSE_SETXATTR_EXT)) fail(EPROTONOSUPPORT, "this kernel is too old (5.15 is wanted): no FUSE_SETXATTR_EXT for", "INIT");
  passthrough = taken & INIT_PASSTHROUGH;
  struct {
    fuse_out_header head;
    InitOut out;
  } answer{};
  answer.head = {sizeof answer, 0, head.unique};
  InitOut& out = answer.out;
  out.major = FUSE_KERNEL_VERSION;
  out.minor = in.minor < 43 ? in.minor : 43;
  out.max_readahead = MAX_WRITE;
  out.flags = uint32_t(taken);
  out.flags2 = uint32_t(taken >> 32);
  out.max_background = 64;
  out.congestion_threshold = 48;
  out.max_write = MAX_WRITE;
  out.max_pages = MAX_WRITE / 4096;
  out.time_gran = 1;
  out.max_stack_depth = passthrough ? stack_depth : 0;
  check(write(device, &answer, sizeof answer), "answer to", "INIT");
}

void put_at(const Fd& mount, const std::string& at) {
  check(move_mount(mount.get(), "", AT_FDCWD, at.c_str(), MOVE_MOUNT_F_EMPTY_PATH), "mount at", at);
}

}  // namespace

void View::attach(const std::string& at) {
  Fd mount;
  if (privileged()) {
    device_ = Fd(check(open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC), "open", "/dev/fuse"));
    mount = make_mount(device_.get(), aid);
  } else {
    memory.header().state = ViewHeader::attaching;   // it is in its place at once
    device_ = fusermount::mount(at);
  }
  pollfd ready{device_.get(), POLLIN, 0};
  if (check(poll(&ready, 1, 5000), "poll", "/dev/fuse") == 0) fail(ETIMEDOUT, "no INIT for", aid);
  std::unique_ptr<char[]> message = std::make_unique_for_overwrite<char[]>(REQUEST_SIZE);
  check(read(device_.get(), message.get(), REQUEST_SIZE), "read", "INIT");
  auto& head = *reinterpret_cast<fuse_in_header*>(message.get());
  if (head.opcode != FUSE_INIT) fail(EPROTO, "first request is not INIT for", aid);
  answer_init(device_.get(), head, *reinterpret_cast<fuse_init_in*>(message.get() + sizeof head), passthrough_);
  ViewHeader& header = memory.header();
  header.device = device_.get();
  header.passthrough = passthrough_;
  header.state = ViewHeader::attaching;
  if (mount) put_at(mount, at);
  Stat st;
  header.mount_dev = stat_at(AT_FDCWD, at.c_str(), st) == 0 && is_view_mount(st) ? dev_of(st) : 0;
  header.state = ViewHeader::attached;
}

void View::attach_again() {
  if (!privileged()) fail(EBUSY, "it was unmounted there, and is still in use:", at);
  // To a descriptor that has a connection, the kernel gives one more mount of the same file system.
  put_at(make_mount(device_.get(), aid), at);
}

bool View::in_place() const {
  Stat st;
  if (stat_at(AT_FDCWD, at.c_str(), st) < 0 || memory.header().mount_dev != dev_of(st) || !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT)) return false;
  // The kernel gives the number of what is mounted nowhere any more to what is mounted next.
  return !ended() || is_view_mount(st);
}

bool View::ended() const {
  pollfd device{device_.get(), 0, 0};
  return cut_off || (poll(&device, 1, 0) > 0 && device.revents & (POLLERR | POLLNVAL));
}

void take_off(const std::string& at) {
  // EINVAL: somebody else unmounted it.
  if (umount2(at.c_str(), MNT_DETACH) == 0 || errno == EINVAL || errno == ENOENT) return;
  if (errno != EPERM || privileged()) return log_line("umount %s: %m", at.c_str());
  try {
    fusermount::unmount(at);
  } catch (const Failure& failure) {
    log_line("umount %s: %s", at.c_str(), failure.what());
  }
}

void View::detach() {
  if (!device_ || gone.exchange(true)) return;
  memory.header().state = ViewHeader::ending;
  // The descriptor stays until no thread uses this view any more; closing it then ends the connection for whoever still has
  // files of it open. What somebody else has mounted in its place is left alone.
  if (!memory.header().mount_dev || in_place()) take_off(at);
}
