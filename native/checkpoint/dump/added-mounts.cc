#include "checkpoint/dump/added-mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/user-namespace.h"

static constexpr long statmount_call = 457, listmount_call = 458; // since Linux 6.8, which older headers don't know

struct MountRequest { // struct mnt_id_req
  uint32_t size = sizeof(MountRequest), unused = 0;
  uint64_t mount, parameter;
};
struct MountAnswer { // struct statmount, as far as it is asked for here
  uint32_t size, options;
  uint64_t mask;
  uint32_t before[22];
  uint32_t root, point; // where in `text`
  char after[512 - 112], text[4096];
};
static_assert(offsetof(MountAnswer, point) == 108 && offsetof(MountAnswer, text) == 512);

// They are given in the order of their making and never again. Empty where the kernel doesn't tell.
static std::vector<uint64_t> mounts() {
  constexpr uint64_t all = ~0ull;
  constexpr size_t step = 512;
  std::vector<uint64_t> out;
  for (;;) {
    size_t known = out.size();
    MountRequest request{.mount = all, .parameter = known ? out.back() : 0};
    out.resize(known + step);
    long got = syscall(listmount_call, &request, out.data() + known, step, 0);
    out.resize(known + static_cast<size_t>(std::max(got, 0l)));
    if (got < 0 && errno != ENOSYS && errno != EPERM) fail_call("list the mounts of the instance");
    if (got < static_cast<long>(step)) return out;
  }
}

static std::string point_of(uint64_t mount) {
  constexpr uint64_t mount_point = 0x10;
  MountAnswer answer{};
  MountRequest request{.mount = mount, .parameter = mount_point};
  if (syscall(statmount_call, &request, &answer, sizeof answer, 0) != 0) return ""; // it has gone, or is under no path
  return answer.mask & mount_point ? answer.text + answer.point : "";
}

static uint64_t mount_at_root() {
  constexpr unsigned unique_mount = 0x4000; // STATX_MNT_ID_UNIQUE
  struct statx about{};
  if (statx(AT_FDCWD, "/", 0, unique_mount, &about) != 0) fail_call("look at the root of the instance");
  return about.stx_mask & unique_mount ? about.stx_mnt_id : 0;
}

// An instance is put together from what was there before its root was taken, its root, and last of all its /dev/shm.
void refuse_added_mounts() {
  if (in_user_namespace()) return; // there nobody but its init may mount
  uint64_t last = mount_at_root();
  if (!last) return;
  std::vector<uint64_t> later = mounts();
  std::erase_if(later, [&](uint64_t mount) { return mount <= last; });
  std::sort(later.begin(), later.end());
  bool whole = false;
  for (uint64_t mount : later) {
    std::string point = point_of(mount);
    if (whole && !point.empty())
      refuse(EOPNOTSUPP, "something was mounted at %s of the instance since it began, which can't be part of a template; unmount it and try again", point.c_str());
    whole |= point == "/dev/shm";
  }
}
