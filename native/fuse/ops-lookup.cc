// Finding names and saying what they lead to.
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/privilege.h"
#include "fuse/request.h"
#include "fuse/view.h"

namespace {

std::string stored(const Node& dir, const char* name) {
  return dir.virtuals ? std::string(dir.virtuals->stored_name(name)) : name;
}

// The node for a file handle that names "." or "..": only what is in the table can be found that way.
void lookup_self(View& view, Request& request, Node& dir, bool parent) {
  std::shared_lock held(view.tree);
  Node& node = parent && dir.name.parent ? *dir.name.parent : dir;
  fuse_entry_out out;
  view.fill_entry(node, view.stat_node(node), false, out);
  view.nodes.remember(node);
  request.reply(out);
}

// A further name of a file that was copied up: until it stands in the upper too, it would show the old contents once
// the file is forgotten.
void materialise(View& view, Node& node, Node& dir, const std::string& name) {
  std::unique_lock held(view.tree);
  Stat st;
  Fd above = view.copy_up_dir(dir);
  if (stat_at(above.get(), name.c_str(), st) == 0) return;
  Fd file = view.object(node, O_PATH);
  view.mark_impure(dir, above.get());
  OwnersRights rights(above.get());
  check(link_object(file.get(), above.get(), name.c_str()), "link", name);
  if (node.extra_links) node.extra_links--;
  node.note();
}

}  // namespace

void op_lookup(View& view, Request& request) {
  Node& dir = view.node(request.head().nodeid);
  const char* name = request.rest(0);
  if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]))) return lookup_self(view, request, dir, name[1]);
  std::string real = stored(dir, name);
  fuse_entry_out out{};
  HeldNode node;
  bool elsewhere = false;
  {
    std::shared_lock held(view.tree);
    Found found = view.find(dir, real);
    if (!found.exists) {
      out.entry_valid = found.changing ? 1 : LONG_SECONDS;
      return request.reply(out);  // node 0: remembered by the kernel as absent
    }
    LayerNumber lies = found.layer;
    Stat st = found.st;
    bool changing = found.changing;
    bool stored_file = !found.virtuals || !found.virtuals->is_file();
    node = view.node_for(dir, real, found);
    elsewhere = stored_file && !node->is_dir() && node->layer != lies && view.in_upper(*node);
    if (!elsewhere) {
      if (!stored_file) st = view.stat_node(*node);
      view.fill_entry(*node, st, changing, out);
      view.nodes.remember(*node);
    }
  }
  if (elsewhere) {
    materialise(view, *node, dir, real);
    std::shared_lock held(view.tree);
    view.fill_entry(*node, view.stat_node(*node), false, out);
    view.nodes.remember(*node);
  }
  request.reply(out);
}

void op_forget(View& view, Request& request) {
  if (request.slot().progress++ == 0) view.nodes.forget(request.head().nodeid, request.in<fuse_forget_in>().nlookup);
}

void op_batch_forget(View& view, Request& request) {
  const auto& in = request.in<fuse_batch_forget_in>();
  auto* one = reinterpret_cast<const fuse_forget_one*>(request.rest(sizeof in));
  // Forgets have no answer, so the kernel doesn't send them again: a new server goes on where this one stopped.
  for (uint32_t i; (i = request.slot().progress) < in.count;) {
    request.slot().progress++;
    view.nodes.forget(one[i].nodeid, one[i].nlookup);
  }
}

void op_getattr(View& view, Request& request) {
  std::shared_lock held(view.tree);
  Node& node = View::current(view.node(request.head().nodeid));
  fuse_attr_out out{};
  if (node.mapped) view.look_at_mapped(node);
  Stat st = view.stat_node(node);
  View::Validity validity = view.attr_validity(node, st);
  out.attr_valid = validity.seconds, out.attr_valid_nsec = validity.nanoseconds;
  view.fill_attr(node, st, out.attr);
  request.reply(out);
}

void op_readlink(View& view, Request& request) {
  std::shared_lock held(view.tree);
  std::string target = view.link_target(View::current(view.node(request.head().nodeid)));
  request.reply_bytes(target.data(), target.size());
}

void op_statfs(View& view, Request& request) {
  std::shared_lock held(view.tree);
  struct statfs st;
  check(fstatfs(view.layer(view.top()).root.get(), &st), "statfs", view.aid);
  fuse_statfs_out out{};
  out.st.blocks = st.f_blocks, out.st.bfree = st.f_bfree, out.st.bavail = st.f_bavail;
  out.st.files = st.f_files, out.st.ffree = st.f_ffree;
  out.st.bsize = uint32_t(st.f_bsize), out.st.frsize = uint32_t(st.f_frsize);
  out.st.namelen = uint32_t(st.f_namelen);
  request.reply(out);
}
