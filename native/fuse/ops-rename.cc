// Renaming anything onto anything, directories of lower layers too: those get a redirect mark in the upper that says
// where their lower part lies, so nothing below them is copied.
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>

#include "fuse/dir-cache.h"
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/overlay.h"
#include "fuse/removing.h"
#include "fuse/request.h"
#include "fuse/whiteout.h"

namespace {

// One end of a rename.
struct End {
  Node& dir;
  std::string name;   // as stored
  Fd above;           // its directory in the upper
  HeldNode node;      // what is there, if anything
  bool in_upper = false, whiteout = false, below = false;
};

std::string stored_name(const Node& dir, const char* shown) {
  const VirtualEntry* own = dir.virtuals ? dir.virtuals->child(shown) : nullptr;
  if (own && own->pinned()) fail(EBUSY, "rename", shown);
  return dir.virtuals ? std::string(dir.virtuals->stored_name(shown)) : shown;
}

// Files are copied up before the tree is locked for the rename.
void copy_up_end(View& view, Node& dir, const std::string& name) {
  HeldNode node;
  {
    std::shared_lock held(view.tree);
    Found found = view.find(dir, name);
    if (!found.exists) return;
    node = view.node_for(dir, name, found);
  }
  if (!node->is_dir()) view.copy_up_node(*node, true);
}

void look(View& view, End& end) {
  end.above = view.copy_up_dir(end.dir);
  Found found = view.find(end.dir, end.name);
  if (found.exists) end.node = view.node_for(end.dir, end.name, found);
  Stat st;
  end.in_upper = stat_at(end.above.get(), end.name.c_str(), st) == 0;
  end.whiteout = end.in_upper && is_whiteout(st);
  end.below = view.lower_has(end.dir, end.name);
}

// Makes a node ready to stand elsewhere: in the upper, and bound to its lower part by a mark instead of its name.
void loosen(View& view, Node& node) {
  if (!node.is_dir()) return;
  Fd object = view.copy_up_dir(node);
  if (node.branches.size() < 2) return;
  std::string origin = view.lower_path(node);
  check(set_mark(object.get(), overlay::redirect, origin.data(), origin.size()), "setxattr redirect", node.name.name);
  for (Branch& branch : node.branches)
    if (branch.layer != view.top() && !branch.path) branch.path = std::make_unique<std::string>(view.path_in_layer(node, branch.layer));
  node.redirect = std::make_unique<std::string>(origin);
}

// A directory that is all in the upper must not merge with what the layers below have at its new name.
void cover(Node& node, const End& to, View& view) {
  if (!node.is_dir() || node.branches.size() > 1 || !to.below) return;
  std::shared_ptr<Fd> fd = view.dir_fd(node, view.top());
  check(set_mark(fd->get(), overlay::opaque, "y", 1), "setxattr opaque", to.name);
}

void note_ino(View& view, Node& node, End& to) {
  Stat st;
  Fd object = view.object(node, O_PATH);
  check(stat_at(object.get(), "", st), "stat", to.name);
  if (view.plain_ino(st) != node.ino) view.mark_impure(to.dir, to.above.get());
}

void need_in_upper(View& view, Node& node) {
  // A lower file that took the name since it was copied up: the caller tries again.
  if (!node.is_dir() && !view.in_upper(node)) fail(EAGAIN, "rename", node.name.name);
}

// Written down when nothing but the system's own failure can stop it any more.
OpIntent& write_down(View& view, Request& request, End& from, End& to, uint32_t flags) {
  OpIntent& intent = view.memory.header().op;
  intent.unique = request.head().unique;
  intent.dir = from.dir.id, intent.dir2 = to.dir.id;
  intent.node = from.node->id, intent.node2 = to.node ? to.node->id : 0;
  intent.directory = to.node && to.node->is_dir();
  intent.covered = to.whiteout && from.node->is_dir();
  intent.below = from.below;
  intent.flags = flags;
  intent.count_link = to.node && !to.in_upper && !to.node->is_dir();
  set_name(intent.name, from.name);
  set_name(intent.name2, to.name);
  Stat st;
  check(stat_at(from.above.get(), from.name.c_str(), st), "stat", from.name);
  intent.dev = dev_of(st), intent.ino = st.stx_ino;
  return intent;
}

void exchange(View& view, Request& request, End& from, End& to) {
  if (!to.node) fail(ENOENT, "rename", to.name);
  need_in_upper(view, *to.node);
  loosen(view, *from.node);
  loosen(view, *to.node);
  cover(*from.node, to, view);
  cover(*to.node, from, view);
  note_ino(view, *from.node, to);
  note_ino(view, *to.node, from);
  Standing standing(write_down(view, request, from, to, RENAME_EXCHANGE), OpIntent::exchange);
  check(renameat2(from.above.get(), from.name.c_str(), to.above.get(), to.name.c_str(), RENAME_EXCHANGE), "exchange", from.name);
  view.nodes.drop_name(*to.node, to.dir, to.name);
  view.nodes.move_name(*from.node, from.dir, from.name, to.dir, to.name);
  view.nodes.add_name(*to.node, from.dir, from.name);
  request.done();
}

void may_replace(View& view, End& from, End& to) {
  if (!to.node) return;
  if (to.node->kind != NodeKind::stored) fail(EROFS, "rename", to.name);
  if (to.node->is_dir() != from.node->is_dir()) fail(to.node->is_dir() ? EISDIR : ENOTDIR, "rename", to.name);
  if (to.node->is_dir()) need_empty(view, *to.node);
  keep_object(view, *to.node);
}

// A directory can't replace a whiteout: they change places, and what is left at the old name is a whiteout already.
void move_onto_whiteout(End& from, End& to) {
  check(renameat2(from.above.get(), from.name.c_str(), to.above.get(), to.name.c_str(), RENAME_EXCHANGE), "rename", from.name);
  if (!from.below) check(unlinkat(from.above.get(), from.name.c_str(), 0), "unlink whiteout", from.name);
}

void move(View& view, Request& request, End& from, End& to, uint32_t flags) {
  if (to.node && flags & RENAME_NOREPLACE) fail(EEXIST, "rename", to.name);
  if (to.node && &*to.node == &*from.node) return request.done();  // two names of one file: nothing happens
  loosen(view, *from.node);
  cover(*from.node, to, view);
  may_replace(view, from, to);
  note_ino(view, *from.node, to);
  unsigned way = from.below ? RENAME_WHITEOUT : 0;
  OpIntent& intent = write_down(view, request, from, to, way);
  Standing standing(intent, OpIntent::rename);
  try {
    if (intent.directory) clear_whiteouts(view, *to.node);
    if (intent.covered) move_onto_whiteout(from, to);
    else if (way) check(rename_leaving_whiteout(from.above.get(), from.name.c_str(), to.above.get(), to.name.c_str()), "rename", from.name);
    else check(renameat(from.above.get(), from.name.c_str(), to.above.get(), to.name.c_str()), "rename", from.name);
  } catch (...) {
    if (to.node && to.node->name.parent) to.node->drop_nameless();
    throw;
  }
  if (to.node) {
    if (intent.count_link) count_link_lost(*to.node);
    lose_name(view, *to.node, to.dir, to.name);
  }
  view.nodes.move_name(*from.node, from.dir, from.name, to.dir, to.name);
  request.done();
}

void rename_once(View& view, Request& request, Node& from_dir, const std::string& from_name, Node& to_dir, const std::string& to_name, uint32_t flags) {
  copy_up_end(view, from_dir, from_name);
  if (flags & RENAME_EXCHANGE) copy_up_end(view, to_dir, to_name);
  std::unique_lock held(view.tree);
  End from{from_dir, from_name, {}, {}}, to{to_dir, to_name, {}, {}};
  look(view, from);
  look(view, to);
  if (!from.node) fail(ENOENT, "rename", from_name);
  need_in_upper(view, *from.node);
  if (flags & RENAME_EXCHANGE)
    exchange(view, request, from, to);
  else
    move(view, request, from, to, flags);
}

void rename(View& view, Request& request, uint64_t to_id, const char* names, uint32_t flags) {
  Node& from_dir = view.node(request.head().nodeid);
  Node& to_dir = view.node(to_id);
  view.need_writable(from_dir);
  if (flags & ~uint32_t(RENAME_NOREPLACE | RENAME_EXCHANGE)) fail(EINVAL, "rename flags", std::to_string(flags));
  std::string from_name = stored_name(from_dir, names);
  std::string to_name = stored_name(to_dir, names + std::string_view(names).size() + 1);
  for (int tries = 0;; tries++) {
    try {
      return rename_once(view, request, from_dir, from_name, to_dir, to_name, flags);
    } catch (const Failure& failure) {
      if (failure.code() != EAGAIN || tries == 8) throw;
    }
  }
}

}  // namespace

void op_rename(View& view, Request& request) {
  const auto& in = request.in<fuse_rename_in>();
  rename(view, request, in.newdir, request.rest(sizeof in), 0);
}

void op_rename2(View& view, Request& request) {
  const auto& in = request.in<fuse_rename2_in>();
  rename(view, request, in.newdir, request.rest(sizeof in), in.flags);
}
