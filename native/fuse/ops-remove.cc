// Removing files and directories.
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/removing.h"
#include "fuse/request.h"

namespace {

void remove(View& view, Request& request, bool directory) {
  const char* shown = request.rest(0);
  std::unique_lock held(view.tree);
  Node& dir = view.node(request.head().nodeid);
  view.need_writable(dir);
  const VirtualEntry* own = dir.virtuals ? dir.virtuals->child(shown) : nullptr;
  if (own && own->pinned()) fail(directory ? EBUSY : EROFS, "remove", shown);
  std::string name = dir.virtuals ? std::string(dir.virtuals->stored_name(shown)) : shown;
  Found found = view.find(dir, name);
  if (!found.exists) fail(ENOENT, "remove", shown);
  if (directory != is_dir(found.st)) fail(directory ? ENOTDIR : EISDIR, "remove", shown);
  bool upper = found.layer == view.top();
  bool lower = view.lower_has(dir, name);
  HeldNode node = view.node_for(dir, name, found);
  if (directory) need_empty(view, *node);
  keep_object(view, *node);
  Fd above = view.copy_up_dir(dir);
  OpIntent& intent = view.memory.header().op;
  intent.unique = request.head().unique;
  intent.dir = dir.id, intent.node = node->id;
  intent.directory = directory, intent.in_upper = upper, intent.below = lower;
  intent.count_link = !upper && !directory;
  set_name(intent.name, name);
  Standing standing(intent, OpIntent::remove);
  try {
    if (upper && lower) reserve_whiteout(above.get());
    if (directory) clear_whiteouts(view, *node);
    take_out(above.get(), name, directory, upper, lower);
  } catch (...) {
    if (upper && lower) drop_reserve(above.get());
    if (node->name.parent) node->drop_nameless();
    throw;
  }
  if (intent.count_link) count_link_lost(*node);
  lose_name(view, *node, dir, name);
  request.done();
}

}  // namespace

void op_unlink(View& view, Request& request) { remove(view, request, false); }
void op_rmdir(View& view, Request& request) { remove(view, request, true); }
