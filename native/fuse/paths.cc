// From nodes to descriptors of what they stand for.
#include <fcntl.h>

#include "fuse/dir-cache.h"
#include "fuse/failure.h"
#include "fuse/privilege.h"
#include "fuse/view.h"

namespace {

const Branch* branch_in(const Node& dir, LayerNumber layer) {
  for (const Branch& branch : dir.branches)
    if (branch.layer == layer) return &branch;
  return nullptr;
}

}  // namespace

std::string View::path_in_layer(Node& dir, LayerNumber number) {
  if (dir.root) return "";
  const Branch* branch = branch_in(dir, number);
  if (branch && branch->path) return *branch->path;
  if (!dir.name.parent) fail(ENOENT, "path of a removed directory", std::to_string(dir.id));
  std::string above = path_in_layer(*dir.name.parent, number);
  return above.empty() ? dir.name.name : above + "/" + dir.name.name;
}

std::string View::lower_path(Node& dir) {
  if (dir.root) return "";
  if (dir.redirect) return *dir.redirect;
  if (!dir.name.parent) fail(ENOENT, "path of a removed directory", std::to_string(dir.id));
  return lower_path(*dir.name.parent) + "/" + dir.name.name;
}

std::shared_ptr<Fd> View::dir_fd(Node& dir, LayerNumber number) {
  const std::shared_ptr<Layer>& in = layers_[number];
  if (dir.root) return {in, &in->root};
  if (dir.nameless) return std::make_shared<Fd>(check(fcntl(dir.nameless.get(), F_DUPFD_CLOEXEC, 3), "dup", dir.name.name));
  dir_cache::Key key{serial, dir.id, number};
  if (std::shared_ptr<Fd> known = dir_cache::get(key)) return known;
  const Branch* branch = branch_in(dir, number);
  int fd;
  if (branch && branch->path) {
    fd = open_dir(in->root.get(), branch->path->c_str());
  } else {
    if (!dir.name.parent) fail(ENOENT, "open removed directory", std::to_string(dir.id));
    fd = open_dir(dir_fd(*dir.name.parent, number)->get(), dir.name.name.c_str());
  }
  auto opened = std::make_shared<Fd>(check(fd, "open directory", dir.name.name));
  dir_cache::put(key, opened, in->live);
  return opened;
}

Fd View::object(Node& node, int flags) {
  flags |= O_CLOEXEC | O_NOFOLLOW;
  if (node.kind == NodeKind::injected || node.kind == NodeKind::shared)
    return Fd(check(open(node.virtuals->value.c_str(), flags & ~O_NOFOLLOW), "open", node.virtuals->value));
  if (node.kind == NodeKind::link) fail(EINVAL, "open dynamic link", node.name.name);
  if (node.nameless && !node.name.parent) {
    if (flags & O_PATH) return Fd(check(fcntl(node.nameless.get(), F_DUPFD_CLOEXEC, 3), "dup", std::to_string(node.id)));
    return Fd(check(reopen(node.nameless.get(), flags & ~O_NOFOLLOW), "open removed file", std::to_string(node.id)));
  }
  if (node.is_dir()) {
    if (node.branches.empty()) fail(ENOENT, "open", node.name.name);
    return Fd(check(open_beneath(dir_fd(node, node.branches.front().layer)->get(), ".", flags | O_DIRECTORY), "open directory", node.name.name));
  }
  if (!node.name.parent) {
    // Others replaced it in a live layer; whoever has it open keeps it.
    std::lock_guard held(open_lock(node));
    if (!node.open || !node.open->object) fail(ENOENT, "open removed file", std::to_string(node.id));
    if (flags & O_PATH) return Fd(check(fcntl(node.open->object.get(), F_DUPFD_CLOEXEC, 3), "dup", std::to_string(node.id)));
    return Fd(check(reopen(node.open->object.get(), flags & ~O_NOFOLLOW), "open removed file", std::to_string(node.id)));
  }
  std::shared_ptr<Fd> above = dir_fd(*node.name.parent, node.layer);
  Fd found(open_beneath(above->get(), node.name.name.c_str(), flags));
  if (!found && errno == EACCES && !(flags & O_PATH)) {
    Fd place(check(open_beneath(above->get(), node.name.name.c_str(), O_PATH | O_NOFOLLOW), "open", node.name.name));
    found = Fd(reopen(place.get(), flags & ~O_NOFOLLOW));
  }
  check(found.get(), "open", node.name.name);
  return found;
}
