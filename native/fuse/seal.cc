// Sealing: today's upper becomes a read-only layer, an empty directory the new upper.
//
// Nothing is copied but files that somebody may still write to without asking: open for writing, or mapped shared and
// writable. Such a file's inode moves into the new upper, for its writers go on with it; the layer keeps a copy. The
// application is frozen while this runs, so the copy is the state at the freeze. Most of the copying is done before, see
// pre-copy.h.
//
// Half-way through, the new upper holds what was moved out of the old one and nothing else: a seal that fails, or whose
// server is killed, is taken back by moving that back (unseal.cc).
#include <dirent.h>

#include <memory>
#include <unordered_set>

#include "fuse/copy-data.h"
#include "fuse/failure.h"
#include "fuse/overlay.h"
#include "fuse/unseal.h"
#include "fuse/view.h"

class Sealing {
 public:
  explicit Sealing(View& view) : view_(view) {}

  void find_nameless() {
    view_.nodes.each([&](Node& node) {
      if (!node.nameless || node.name.parent || node.layer != view_.top()) return;
      node.pins++;
      stays_.emplace_back(view_.nodes, &node);
    });
  }

  void switch_upper(std::shared_ptr<Layer> fresh) {
    Fd from(check(open_dir(view_.layers_.back()->root.get(), ""), "open upper", view_.aid));
    Stat st;
    check(stat_at(from.get(), "", st), "stat upper", view_.aid);
    copy_attributes(from.get(), fresh->root.get(), st);
    uint64_t ino = view_.nodes.root().ino;
    check(set_mark(fresh->root.get(), overlay::ino, &ino, sizeof ino), "setxattr ino", view_.aid);
    old_ = std::move(view_.layers_.back());
    view_.layers_.back() = open_layer(old_->host_path(), false);
    view_.layers_.push_back(std::move(fresh));
    view_.raise_root();
    // The layers below are now what the view shows: every directory lies there under the name it has.
    view_.nodes.each([](Node& node) { node.redirect.reset(); });
  }

  // Moves a written file's inode into the new upper and leaves a copy in its place.
  void keep_live(Node& node, View::Sealed& sealed) {
    LayerNumber sealed_layer = node.layer;
    Name name = node.name;
    Fd live = view_.object(node, O_RDONLY);
    Stat st;
    check(stat_at(live.get(), "", st), "stat", name.name);
    view_.gather_names(node, st.stx_nlink);
    Fd above = view_.copy_up_dir(*name.parent);
    std::string path = view_.path_in_layer(*name.parent, sealed_layer);
    Fd old_dir(check(open_dir(old_->root.get(), path.c_str()), "open", path));
    Stat dir_st;
    check(stat_at(old_dir.get(), "", dir_st), "stat", path);
    Fd copy;
    if (view_.pre_copy_) copy = view_.pre_copy_->finish(live.get(), st, sealed.bytes);
    if (!copy) {
      copy = Fd(check(open_beneath(old_->root.get(), ".", O_TMPFILE | O_RDWR, 0600), "open temporary file for", name.name));
      sealed.bytes += copy_data(live.get(), copy.get(), st);
    }
    copy_attributes(live.get(), copy.get(), st);
    check(set_mark(copy.get(), overlay::ino, &node.ino, sizeof node.ino), "setxattr ino", name.name);
    check(set_mark(old_dir.get(), overlay::impure, "y", 1), "setxattr impure", path);
    const char* leaf = name.name.c_str();
    check(renameat(old_dir.get(), leaf, above.get(), leaf), "rename", name.name);
    check(link_object(copy.get(), old_dir.get(), leaf), "link copy of", name.name);
    if (view_.plain_ino(st) != node.ino) view_.mark_impure(*name.parent, above.get());
    move_other_names(node, sealed_layer, copy.get(), view_.plain_ino(st) != node.ino);
    // What was moved out of the one and into the other changed neither for whoever looks.
    copy_times(old_dir.get(), dir_st);
    copy_times(above.get(), dir_st);
    node.layer = view_.top();
    node.note();
    sealed.files++;
  }

  void begin(std::shared_ptr<Layer> fresh) {
    before_ = view_.layers_;
    view_.memory.header().new_root = fresh->root.get();
    view_.memory.header().sealing = 1;
    switch_upper(std::move(fresh));
  }

  void commit() {
    view_.write_stack();
    view_.memory.header().sealing = 0;
    for (HeldNode& node : stays_) {
      node->layer = view_.top();
      node->note();
    }
  }

  void take_back() {
    int fresh = view_.layers_.back()->root.get();
    unseal(fresh, before_.back()->root.get());
    view_.memory.header().sealing = 0;
    view_.layers_ = before_;
    view_.nodes.each([&](Node& node) {
      if (node.layer <= view_.top()) return;
      node.layer = view_.top();
      node.note();
    });
    view_.find_directories();
  }

 private:
  // Further hard links of a written file that the view knows of.
  void move_other_names(Node& node, LayerNumber sealed_layer, int copy, bool own_ino) {
    for (Name& name : node.more) {
      Fd above = view_.copy_up_dir(*name.parent);
      std::string path = view_.path_in_layer(*name.parent, sealed_layer);
      Fd old_dir(check(open_dir(old_->root.get(), path.c_str()), "open", path));
      Stat dir_st;
      check(stat_at(old_dir.get(), "", dir_st), "stat", path);
      const char* leaf = name.name.c_str();
      check(renameat(old_dir.get(), leaf, above.get(), leaf), "rename", name.name);
      if (own_ino) view_.mark_impure(*name.parent, above.get());
      check(link_object(copy, old_dir.get(), leaf), "link copy of", name.name);
      check(set_mark(old_dir.get(), overlay::impure, "y", 1), "setxattr impure", path);
      copy_times(old_dir.get(), dir_st);
      copy_times(above.get(), dir_st);
    }
  }

  View& view_;
  std::vector<std::shared_ptr<Layer>> before_;
  std::vector<HeldNode> stays_;    // files without a name: nowhere in the upper, so with the instance alone
  std::shared_ptr<Layer> old_;  // the old upper as it was reached: renames need one and the same mount
};

// The number of writers is read where it is written down: `open` itself may go at any moment.
std::vector<HeldNode> View::written_files() {
  std::vector<HeldNode> found, files;
  nodes.each([&](Node& node) {
    if (node.root || (!node.record->writers && !node.mapped)) return;
    node.pins++;
    found.emplace_back(nodes, &node);
  });
  std::unordered_set<Node*> known;
  for (HeldNode& held : found) {
    Node& node = current(*held);
    if (node.kind != NodeKind::stored || !node.name.parent || node.layer != top() || !known.insert(&node).second) continue;
    if (node.mapped && !still_written(node)) continue;
    nodes.pin(node);
    files.emplace_back(nodes, &node);
  }
  return files;
}

View::Sealed View::seal(const std::string& new_upper) {
  if (!writable_) fail(EROFS, "seal", aid);
  std::shared_ptr<Layer> fresh = open_upper(new_upper);
  // Asked again: the server was killed between sealing and saying so.
  if (fresh->host_path() == layers_.back()->host_path()) return {};
  if (layers_.size() == ViewHeader::most_layers) fail(E2BIG, "it stands on as many layers as one may:", std::to_string(layers_.size() - 1));
  if (fresh->dev != layers_.back()->dev) fail(EXDEV, "seal onto another file system:", new_upper);
  // What is no longer written need not be copied.
  sweep_mapped();
  std::lock_guard copying(pre_copy_lock_);
  pre_copy_spent_ = true;   // whatever becomes of this
  std::unique_lock held(tree);
  Sealing sealing(*this);
  sealing.find_nameless();
  std::vector<HeldNode> files = written_files();
  Sealed sealed;
  try {
    sealing.begin(std::move(fresh));
    for (HeldNode& file : files) sealing.keep_live(*file, sealed);
    sealing.commit();
  } catch (...) {
    sealing.take_back();
    throw;
  }
  return sealed;
}
