// Extended attributes, access control lists among them. Those that mark layers are not shown.
#include <sys/xattr.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/overlay.h"
#include "fuse/request.h"
#include "fuse/view.h"

namespace {

bool hidden(const char* name) { return strncmp(name, overlay::prefix, strlen(overlay::prefix)) == 0; }

// Nodes without an object of their own have no attributes.
bool bare(const Node& node) {
  return node.kind == NodeKind::link || (node.is_dir() && node.branches.empty() && !node.nameless);
}

// By the file's name where it has one: the kernel asks for the capabilities of every file before its first write.
ssize_t read_attribute(View& view, Node& node, const char* name, std::vector<char>& value) {
  if (node.kind == NodeKind::stored && !node.is_dir() && node.name.parent) {
    std::shared_ptr<Fd> in = view.dir_fd(*node.name.parent, node.layer);
    return get_xattr(in->get(), node.name.name.c_str(), name, value.data(), value.size());
  }
  Fd object = view.object(node, O_PATH);
  return get_xattr(object.get(), "", name, value.data(), value.size());
}

bool certain(View& view, Request& request) {
  durable::Kept* before = request.kept(view);
  return before && before->kind == durable::Kept::certain;
}

std::string shown_path(const Node& node) {
  if (node.root) return "";
  if (!node.name.parent) fail(ENODATA, "path of", std::to_string(node.id));
  const VirtualEntry* around = node.name.parent->virtuals;
  return shown_path(*node.name.parent) + "/" + (around ? std::string(around->shown_name(node.name.name)) : node.name.name);
}

// The root's attribute of this name and a node's number holds the node's path: the dumper of a user has no right to turn file handles
// into files itself, and to nobody does a handle tell a name that the kernel has dropped from its caches.
std::string path_asked_for(View& view, const Node& node, const char* name) {
  size_t size = strlen(overlay::path_of);
  if (!node.root || strncmp(name, overlay::path_of, size) != 0) return "";
  Node* found = view.nodes.find(strtoull(name + size, nullptr, 10));
  return found ? shown_path(View::current(*found)) : "";
}

void drop_group_bit(int object, const char* name) {
  Stat st;
  check(stat_at(object, "", st), "stat", name);
  if (st.stx_mode & S_ISGID) check(chmod(FdPath(object), st.stx_mode & 07777 & ~unsigned(S_ISGID)), "chmod", name);
}

}  // namespace

void op_getxattr(View& view, Request& request) {
  const auto& in = request.in<fuse_getxattr_in>();
  const char* name = request.rest(sizeof in);
  std::shared_lock held(view.tree);
  Node& node = View::current(view.node(request.head().nodeid));
  if (std::string path = path_asked_for(view, node, name); !path.empty()) {
    if (in.size && in.size < path.size()) return request.error(ERANGE);
    if (in.size) return request.reply_bytes(path.data(), path.size());
    return request.reply(fuse_getxattr_out{uint32_t(path.size()), 0});
  }
  if (hidden(name) || bare(node)) return request.error(ENODATA);
  std::vector<char> value(in.size);
  ssize_t size = read_attribute(view, node, name, value);
  if (size < 0) return request.error(errno);
  if (in.size) return request.reply_bytes(value.data(), size_t(size));
  fuse_getxattr_out out{uint32_t(size), 0};
  request.reply(out);
}

void op_setxattr(View& view, Request& request) {
  const auto& in = request.in<fuse_setxattr_in>();
  const char* name = request.rest(sizeof in);
  if (hidden(name)) return request.error(EPERM);
  Node& node = View::current(view.node(request.head().nodeid));
  view.copy_up_node(node, true);
  std::shared_lock held(view.tree);
  Fd object = view.object(node, O_PATH);
  int flags = int(in.flags);
  char probe;
  bool there = flags & XATTR_CREATE && get_xattr(object.get(), "", name, &probe, 0) >= 0;
  if (certain(view, request)) {
    flags = 0;   // a server that is gone found it possible, and may have done it
  } else if (flags & XATTR_CREATE) {
    if (there) return request.error(EEXIST);
    request.slot().certain = 1;
  }
  check(set_xattr(object.get(), "", name, name + strlen(name) + 1, in.size, flags), "setxattr", name);
  // An access control list set by somebody outside the file's group: the file system below sees only this server do it.
  if (in.setxattr_flags & FUSE_SETXATTR_ACL_KILL_SGID) drop_group_bit(object.get(), name);
  request.done();
}

void op_listxattr(View& view, Request& request) {
  const auto& in = request.in<fuse_getxattr_in>();
  std::shared_lock held(view.tree);
  Node& node = View::current(view.node(request.head().nodeid));
  std::vector<char> names(65536), shown;
  if (!bare(node)) {
    Fd object = view.object(node, O_PATH);
    ssize_t size = listxattr(FdPath(object.get()), names.data(), names.size());
    if (size < 0) return request.error(errno);
    for (const char* name = names.data(); name < names.data() + size; name += strlen(name) + 1)
      if (!hidden(name)) shown.insert(shown.end(), name, name + strlen(name) + 1);
  }
  if (!in.size) {
    fuse_getxattr_out out{uint32_t(shown.size()), 0};
    return request.reply(out);
  }
  if (shown.size() > in.size) return request.error(ERANGE);
  request.reply_bytes(shown.data(), shown.size());
}

void op_removexattr(View& view, Request& request) {
  const char* name = request.rest(0);
  if (hidden(name)) return request.error(ENODATA);
  Node& node = View::current(view.node(request.head().nodeid));
  view.copy_up_node(node, true);
  std::shared_lock held(view.tree);
  Fd object = view.object(node, O_PATH);
  char probe;
  if (get_xattr(object.get(), "", name, &probe, 0) < 0 && errno == ENODATA) return certain(view, request) ? request.done() : request.error(ENODATA);
  request.slot().certain = 1;
  check(removexattr(FdPath(object.get()), name), "removexattr", name);
  request.done();
}
