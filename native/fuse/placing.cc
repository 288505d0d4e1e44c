#include "fuse/placing.h"

#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/overlay.h"
#include "fuse/whiteout.h"

AskersMask::AskersMask(uint32_t mask) { umask(mask); }
AskersMask::~AskersMask() { umask(0); }

Place make_place(View& view, Request& request, Node& dir, const char* shown, OpIntent::Kind kind, Node* linked) {
  view.need_writable(dir);
  const VirtualEntry* own = dir.virtuals ? dir.virtuals->child(shown) : nullptr;
  if (own && own->forced) fail(EEXIST, "create", shown);
  Place place{dir, dir.virtuals ? std::string(dir.virtuals->stored_name(shown)) : shown, {}};
  Found found = view.find(dir, place.name);
  if (found.exists) fail(EEXIST, "create", shown);
  place.above = view.copy_up_dir(dir);
  place.covered = found.covered;
  OpIntent& intent = view.memory.header().op;
  intent.unique = request.head().unique;
  intent.dir = dir.id;
  intent.node = linked ? linked->id : 0;
  intent.covered = place.covered;
  set_name(intent.name, place.name);
  if (linked) {
    Fd object = view.object(*linked, O_PATH);
    Stat st;
    check(stat_at(object.get(), "", st), "stat", place.name);
    intent.dev = dev_of(st), intent.ino = st.stx_ino;
  }
  place.standing = std::make_unique<Standing<OpIntent>>(intent, kind);
  if (place.covered) check(unlinkat(place.above.get(), place.name.c_str(), 0), "unlink whiteout", place.name);
  return place;
}

void give_up(Place& place) {
  if (place.covered && make_whiteout(place.above.get(), place.name.c_str()) < 0) log_line("whiteout of %s: %m", place.name.c_str());
}

void give_owner(const Place& place, int fd, const fuse_in_header& head, mode_t mode) {
  // The file system below does for root what it does for anybody.
  if (head.uid == 0 && head.gid == 0) return;
  Stat above, now;
  check(stat_at(place.above.get(), "", above), "stat", place.name);
  check(stat_at(fd, "", now), "stat", place.name);
  gid_t gid = above.stx_mode & S_ISGID ? above.stx_gid : head.gid;
  if (now.stx_uid == head.uid && now.stx_gid == gid) return;
  check(fchownat(fd, "", head.uid, gid, AT_EMPTY_PATH), "chown", place.name);
  if (S_ISREG(now.stx_mode) && mode & (S_ISUID | S_ISGID)) check(chmod(FdPath(fd), now.stx_mode & 07777), "chmod", place.name);
}

HeldNode node_of_new(View& view, Place& place, Stat& st, int made) {
  check(made < 0 ? stat_at(place.above.get(), place.name.c_str(), st) : stat_at(made, "", st), "stat", place.name);
  Found found;
  found.exists = true;
  found.layer = view.top();
  found.st = st;
  found.ino = view.plain_ino(st);
  if (place.dir.virtuals) found.virtuals = place.dir.virtuals->child(place.dir.virtuals->shown_name(place.name));
  if (is_dir(st)) found.branches.emplace_back().layer = view.top();
  HeldNode node = view.node_for(place.dir, place.name, found);
  // Nobody knows of it before the answer: taken back, it goes whatever was counted.
  if (!node->lookups) view.memory.header().op.node = node->id;
  return node;
}
