// Further names for a file.
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/placing.h"

namespace {

void answer(View& view, Request& request, Node& node) {
  fuse_entry_out out;
  view.fill_entry(node, view.stat_node(node), false, out);
  view.nodes.remember(node);
  request.reply(out);
}

}  // namespace

void op_link(View& view, Request& request) {
  const auto& in = request.in<fuse_link_in>();
  const char* name = request.rest(sizeof in);
  Node& node = View::current(view.node(in.oldnodeid));
  if (node.kind != NodeKind::stored) fail(EPERM, "link", name);
  view.copy_up_node(node, true);
  std::unique_lock held(view.tree);
  durable::Kept* before = request.kept(view);
  if (before && before->kind == durable::Kept::linked) {
    answer(view, request, node);
    before->kind = durable::Kept::none;
    return;
  }
  Place place = make_place(view, request, view.node(request.head().nodeid), name, OpIntent::link, &node);
  Stat st;
  try {
    // An unlinked file is reached by its descriptor, a temporary file thereby gets its first name.
    Fd object = view.object(node, O_PATH);
    check(stat_at(object.get(), "", st), "stat", place.name);
    if (view.plain_ino(st) != node.ino) view.mark_impure(place.dir, place.above.get());
    check(link_object(object.get(), place.above.get(), place.name.c_str()), "link", place.name);
    check(stat_at(object.get(), "", st), "stat", place.name);
  } catch (...) {
    give_up(place);
    throw;
  }
  view.nodes.add_name(node, place.dir, place.name);
  view.nodes.index_hard(node, dev_of(st), st.stx_ino);
  node.drop_nameless();
  answer(view, request, node);
}
