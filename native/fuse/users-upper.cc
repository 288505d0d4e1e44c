#include "fuse/users-upper.h"

#include <unistd.h>

#include "fuse/failure.h"
#include "fuse/privilege.h"

namespace {

void keep_owner(const Layer& upper, const Layer& below) {
  Stat st, own;
  check(stat_at(below.root.get(), "", st), "stat", "the layer below");
  check(stat_at(upper.root.get(), "", own), "stat", "the upper");
  if (!below.live) shown_owner(below.root.get(), "", st);
  shown_owner(upper.root.get(), "", own);
  if (st.stx_uid == own.stx_uid && st.stx_gid == own.stx_gid) return;
  check(give_to(upper.root.get(), st.stx_uid, st.stx_gid), "chown", "the upper");
}

void make(int dir, const char* name, mode_t mode) {
  if (mkdirat(dir, name, mode) < 0) {
    if (errno == EEXIST) return;
    fail(errno, "mkdir", name);
  }
  Fd made(check(open_dir(dir, name), "open", name));
  check(chmod(FdPath(made.get()), mode), "chmod", name);
  check(give_to(made.get(), 0, 0), "chown", name);
}

}  // namespace

void prepare_users_upper(const Layer& upper, const Layer& below) {
  if (privileged()) return;
  keep_owner(upper, below);
  if (!below.live) return;
  make(upper.root.get(), "dev", 0755);
  Fd dev(check(open_dir(upper.root.get(), "dev"), "open", "dev"));
  make(dev.get(), "shm", 01777);
}
