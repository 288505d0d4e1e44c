// Reading directories. A listing is made at the first read and after a rewind, and holds while the directory changes.
//
// Entries come in the order of a digest of their names, which is also what a reader's place is told by: it means the same
// in every listing of the directory, also in the one that a new server makes when the last one was killed between two
// reads. What is there all the while is read once, whatever comes and goes.
//
// The kernel keeps a listing and goes on in it where a reader stands by looking for the very entry that was read last. Where
// that one was removed, and somebody else's reading was kept in the meantime, it would find no more. So one open at a time
// has its listing kept.
#include <algorithm>
#include <cstring>
#include <vector>

#include "fuse/age.h"
#include "fuse/failure.h"
#include "fuse/operations.h"
#include "fuse/request.h"
#include "fuse/view.h"

namespace {

bool is_dot(const std::string& name) { return name == "." || name == ".."; }

// The entry for readdirplus: node 0 when the name is gone by now, which the kernel takes as a mere name.
void describe(View& view, Request& request, Node& dir, const DirEntry& entry, fuse_entry_out& out) {
  out = {};
  out.attr.ino = entry.ino;
  out.attr.mode = uint32_t(entry.type) << 12;
  if (is_dot(entry.name)) return;
  try {
    std::string stored = dir.virtuals ? std::string(dir.virtuals->stored_name(entry.name)) : entry.name;
    // What the kernel has been told of and still believes stays as it is there.
    if (HeldNode known = view.nodes.find(dir, stored); known && known->lookups && known->told_until > clock_ns()) return;
    Found found = view.find(dir, stored);
    if (!found.exists) return;
    LayerNumber lies = found.layer;
    Stat st = found.st;
    bool changing = found.changing, own = found.virtuals && found.virtuals->is_file();
    HeldNode node = view.node_for(dir, stored, found);
    // A further name of a copied-up file: the look-up proper puts it into the upper first.
    if (!own && !node->is_dir() && node->layer != lies) return;
    if (own) st = view.stat_node(*node);
    view.fill_entry(*node, st, changing, out);
    view.nodes.remember(*node);
    request.count(node->id);
  } catch (const Failure&) {
    out.nodeid = 0;
  }
}

void read_entries(View& view, Request& request, bool plus) {
  const auto& in = request.in<fuse_read_in>();
  Node& dir = view.node(request.head().nodeid);
  std::shared_ptr<Listing> listing = view.listing(in.fh);
  std::shared_lock tree(view.tree);
  std::lock_guard held(listing->lock);
  if (!listing->filled || in.offset == 0) {
    view.fill_listing(dir, *listing);
    listing->order();
  }
  std::vector<char> out;
  out.reserve(in.size);
  size_t fixed = plus ? offsetof(fuse_direntplus, dirent) : 0;
  for (size_t at = listing->after(in.offset); at < listing->entries.size(); at++) {
    const DirEntry& entry = listing->entries[at];
    size_t size = FUSE_DIRENT_ALIGN(fixed + FUSE_NAME_OFFSET + entry.name.size());
    if (out.size() + size > in.size || request.counted_all()) break;
    size_t start = out.size();
    out.resize(start + size);
    if (plus) describe(view, request, dir, entry, reinterpret_cast<fuse_direntplus*>(&out[start])->entry_out);
    auto* dirent = reinterpret_cast<fuse_dirent*>(&out[start + fixed]);
    dirent->ino = entry.ino;
    dirent->off = entry.cookie;
    dirent->namelen = uint32_t(entry.name.size());
    dirent->type = entry.type;
    memcpy(dirent->name, entry.name.data(), entry.name.size());
  }
  request.reply_bytes(out.data(), out.size());
}

}  // namespace

void op_opendir(View& view, Request& request) {
  Node& dir = view.node(request.head().nodeid);
  OpenOut out{};
  out.fh = view.add_listing(std::make_shared<Listing>());
  std::shared_lock held(view.tree);
  if (view.cache_listing(dir, out) && view.keep_listing(dir, out.fh, request.head().unique & UNIQUE_RESENT)) out.open_flags |= FOPEN_CACHE_DIR;
  request.reply(out);
}

void op_readdir(View& view, Request& request) { read_entries(view, request, false); }
void op_readdirplus(View& view, Request& request) {
  uint64_t unique = request.head().unique;
  durable::KeptListing* lost = unique & UNIQUE_RESENT ? durable::kept_listing(uint32_t(view.memory.number()), unique) : nullptr;
  while (lost && lost->count) {
    uint64_t node = lost->counted[lost->count - 1];
    lost->count--;
    view.nodes.forget(node, 1);
  }
  read_entries(view, request, true);
}

void op_releasedir(View& view, Request& request) {
  view.drop_listing(request.head().nodeid, request.in<fuse_release_in>().fh);
  request.done();
}

void op_fsyncdir(View& view, Request& request) {
  Node& dir = view.node(request.head().nodeid);
  Fd fd;
  {
    std::shared_lock held(view.tree);
    if (view.written_in_memory()) return request.error(ENOSYS);
    if (dir.nameless || view.in_upper(dir)) fd = view.object(dir, O_RDONLY);
  }
  if (fd) check(fsync(fd.get()), "fsync", dir.name.name);
  request.done();
}
