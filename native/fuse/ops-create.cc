// Making files, directories, links and special files.
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/overlay.h"
#include "fuse/placing.h"
#include "fuse/whiteout.h"

namespace {

struct CreateOut {
  fuse_entry_out entry;
  OpenOut open;
};

void answer_entry(View& view, Request& request, Place& place) {
  Stat st;
  HeldNode node = node_of_new(view, place, st);
  fuse_entry_out out;
  view.fill_entry(*node, st, false, out);
  view.nodes.remember(*node);
  request.reply(out);
}

// Runs `make` at a prepared place; what it throws puts the whiteout back first.
template <typename Make>
void make_at(View& view, Request& request, const char* name, Make make) {
  std::unique_lock held(view.tree);
  Place place = make_place(view, request, view.node(request.head().nodeid), name);
  try {
    make(place);
  } catch (...) {
    give_up(place);
    throw;
  }
  answer_entry(view, request, place);
}

// Another asker, or another hand in a live layer, was first: open what is there.
void open_existing(View& view, Request& request, Node& dir, const char* name, uint32_t flags) {
  CreateOut out{};
  HeldNode node;
  {
    std::shared_lock held(view.tree);
    std::string stored = dir.virtuals ? std::string(dir.virtuals->stored_name(name)) : name;
    Found found = view.find(dir, stored);
    if (!found.exists) fail(ENOENT, "open", name);
    node = view.node_for(dir, stored, found);
    if (node->type != S_IFREG) fail(node->type == S_IFDIR ? EISDIR : ESTALE, "open", name);
    view.fill_entry(*node, view.stat_node(*node), true, out.entry);
  }
  view.open_node(*node, flags, request.head().uid, out.open);
  out.entry.attr_valid = 0;   // to open it may have changed it
  view.nodes.remember(*node);
  request.reply(out);
}

Fd create_file(const Request& request, Place& place, const fuse_create_in& in) {
  Fd file;
  {
    AskersMask mask(in.umask);
    file = Fd(open_beneath(place.above.get(), place.name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, in.mode & 07777));
  }
  check(file.get(), "create", place.name);
  give_owner(place, file.get(), request.head(), in.mode);
  return file;
}

}  // namespace

void op_create(View& view, Request& request) {
  const auto& in = request.in<fuse_create_in>();
  const char* name = request.rest(sizeof in);
  Node& dir = view.node(request.head().nodeid);
  CreateOut out{};
  try {
    std::unique_lock held(view.tree);
    Place place = make_place(view, request, dir, name);
    Fd file;
    try {
      file = create_file(request, place, in);
    } catch (...) {
      give_up(place);
      throw;
    }
    Stat st;
    HeldNode node = node_of_new(view, place, st, file.get());
    view.finish_open(*node, {}, file.get(), st, in.flags, request.head().uid, out.open);
    view.fill_entry(*node, st, false, out.entry);
    view.nodes.remember(*node);
    request.reply(out);
  } catch (const Failure& failure) {
    if (failure.code() != EEXIST || in.flags & O_EXCL) throw;
    open_existing(view, request, dir, name, in.flags);
  }
}

void op_tmpfile(View& view, Request& request) {
  const auto& in = request.in<fuse_create_in>();
  std::unique_lock held(view.tree);
  Node& dir = view.node(request.head().nodeid);
  view.need_writable(dir);
  Place place{dir, "temporary file", view.copy_up_dir(dir), false, nullptr};
  Fd file;
  {
    AskersMask mask(in.umask);
    file = Fd(open_beneath(place.above.get(), ".", O_TMPFILE | O_RDWR, in.mode & 07777));
  }
  check(file.get(), "create", place.name);
  give_owner(place, file.get(), request.head(), in.mode);
  HeldNode node = view.nodes.make(nullptr, "");
  Stat st;
  check(stat_at(file.get(), "", st), "stat", place.name);
  node->type = S_IFREG;
  node->layer = view.top();
  node->ino = view.plain_ino(st);
  node->note();
  node->hold_nameless(Fd(check(open(FdPath(file.get()), O_PATH | O_CLOEXEC), "open", place.name)));
  CreateOut out{};
  view.finish_open(*node, view.object(*node, O_PATH), -1, st, in.flags, request.head().uid, out.open);
  view.fill_entry(*node, st, false, out.entry);
  view.nodes.remember(*node);
  request.reply(out);
}

void op_mkdir(View& view, Request& request) {
  const auto& in = request.in<fuse_mkdir_in>();
  make_at(view, request, request.rest(sizeof in), [&](Place& place) {
    const char* name = place.name.c_str();
    {
      AskersMask mask(in.umask);
      // The set-group-id bit is inherited by the file system below, from the directory in the upper.
      check(mkdirat(place.above.get(), name, in.mode & 07777), "mkdir", place.name);
    }
    try {
      Fd made(check(open_dir(place.above.get(), name), "open", place.name));
      if (place.covered) check(set_mark(made.get(), overlay::opaque, "y", 1), "setxattr opaque", place.name);
      give_owner(place, made.get(), request.head(), in.mode);
    } catch (...) {
      unlinkat(place.above.get(), name, AT_REMOVEDIR);
      throw;
    }
  });
}

void op_mknod(View& view, Request& request) {
  const auto& in = request.in<fuse_mknod_in>();
  make_at(view, request, request.rest(sizeof in), [&](Place& place) {
    if (is_whiteout(in.mode, in.rdev)) fail(EPERM, "mknod", place.name);
    {
      AskersMask mask(in.umask);
      check(mknodat(place.above.get(), place.name.c_str(), in.mode, in.rdev), "mknod", place.name);
    }
    Fd made(check(open_beneath(place.above.get(), place.name.c_str(), O_PATH | O_NOFOLLOW), "open", place.name));
    give_owner(place, made.get(), request.head(), in.mode);
  });
}

void op_symlink(View& view, Request& request) {
  const char* name = request.rest(0);
  const char* target = name + std::string_view(name).size() + 1;
  make_at(view, request, name, [&](Place& place) {
    check(symlinkat(target, place.above.get(), place.name.c_str()), "symlink", place.name);
    Fd made(check(open_beneath(place.above.get(), place.name.c_str(), O_PATH | O_NOFOLLOW), "open", place.name));
    give_owner(place, made.get(), request.head(), 0777);
  });
}
