#include "fuse/removing.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <memory>
#include <vector>

#include "fuse/dir-cache.h"
#include "fuse/failure.h"
#include "fuse/whiteout.h"

void keep_object(View& view, Node& node) {
  if (!node.more.empty() || node.kind != NodeKind::stored) return;
  if (node.is_dir() && node.branches.empty()) return;
  node.hold_nameless(view.object(node, O_PATH));
}

void lose_name(View& view, Node& node, Node& dir, const std::string& name) {
  if (node.is_dir()) dir_cache::drop_node(view.serial, node.id);
  view.nodes.drop_name(node, dir, name);
}

void need_empty(View& view, Node& dir) {
  Listing listing;
  view.fill_listing(dir, listing);
  if (listing.entries.size() > 2) fail(ENOTEMPTY, "remove", dir.name.name);
}

void clear_whiteouts(View& view, Node& dir) {
  if (!view.in_upper(dir)) return;
  std::shared_ptr<Fd> path = view.dir_fd(dir, view.top());
  Fd fd(check(open_beneath(path->get(), ".", O_RDONLY | O_DIRECTORY), "open directory", dir.name.name));
  std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd.get()), closedir);
  if (!stream) fail(errno, "fdopendir", dir.name.name);
  fd.release();
  std::vector<std::string> names;
  while (dirent* entry = readdir(stream.get()))
    if (entry->d_type == DT_CHR) names.push_back(entry->d_name);
  for (const std::string& name : names) check(unlinkat(path->get(), name.c_str(), 0), "unlink whiteout", name);
}

void reserve_whiteout(int above) {
  check(reserved_whiteout::make(above), "mknod whiteout", reserved_whiteout::name);
}

void drop_reserve(int above) {
  if (reserved_whiteout::there(above)) unlinkat(above, reserved_whiteout::name, 0);
}

void take_out(int above, const std::string& name, bool directory, bool upper, bool below) {
  bool ready = below && reserved_whiteout::there(above);
  if (upper && (directory || !ready)) check(unlinkat(above, name.c_str(), directory ? AT_REMOVEDIR : 0), "unlink", name);
  if (ready) check(renameat(above, reserved_whiteout::name, above, name.c_str()), "rename whiteout", name);
  else if (below && make_whiteout(above, name.c_str()) < 0 && errno != EEXIST) fail(errno, "mknod whiteout", name);
}
