// All names of a file with hard links.
//
// A file that is copied up must be so under all its names at once, else the others go on showing the old contents in
// the layer that is made of the upper later. Names that nobody has looked up are found by reading directories, from
// the file's own outwards: links mostly lie close together, and the count says when all are found.
#include "fuse/failure.h"
#include "fuse/view.h"

namespace {

// Over a live layer, links may lie where no view shows them, and the search would go through the whole host.
constexpr size_t most_entries_live = 300000;

class Search {
 public:
  Search(View& view, Node& node, uint32_t links) : view_(view), node_(node), links_(links) {}

  void run() {
    Node* done = nullptr;
    for (Node* dir = node_.name.parent; dir && !finished(); dir = dir->name.parent) {
      walk(*dir, done);
      done = dir;
    }
  }

 private:
  bool finished() const { return 1 + node_.more.size() >= links_ || (view_.live_below() && entries_ > most_entries_live); }

  void walk(Node& dir, const Node* visited) {
    Listing listing;
    try {
      view_.fill_listing(dir, listing);
    } catch (const Failure&) {
      return;  // gone meanwhile, in a live layer
    }
    entries_ += listing.entries.size();
    std::vector<std::string> below;
    for (const DirEntry& entry : listing.entries) {
      if (finished()) return;
      if (entry.name == "." || entry.name == "..") continue;
      std::string stored = dir.virtuals ? std::string(dir.virtuals->stored_name(entry.name)) : entry.name;
      if (entry.type == S_IFDIR >> 12)
        below.push_back(stored);
      else if (entry.ino == node_.ino)
        consider(dir, stored);
    }
    for (const std::string& name : below) {
      if (finished()) return;
      Found found = view_.find(dir, name);
      if (!found.exists || !is_dir(found.st)) continue;
      HeldNode next = view_.node_for(dir, name, found);
      if (&*next != visited) walk(*next, nullptr);
    }
  }

  void consider(Node& dir, const std::string& name) {
    Found found = view_.find(dir, name);
    if (found.exists && found.ino == node_.ino && found.layer == node_.layer && (found.st.stx_mode & S_IFMT) == node_.type)
      view_.nodes.add_name(node_, dir, name);
  }

  View& view_;
  Node& node_;
  uint32_t links_;
  size_t entries_ = 0;
};

}  // namespace

void View::gather_names(Node& node, uint32_t links) {
  if (links > 1 && node.name.parent) Search(*this, node, links).run();
}
