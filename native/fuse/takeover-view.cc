// One view of a killed server: what was under way in its upper is finished or taken back, and its nodes are made again.
//
// Finished is what only the system's failure could have stopped any more (removals, renames, links); taken back is what
// makes something that nobody has been told of (creations, copies of directories, seals): the kernel asks for it again.
#include <linux/fs.h>

#include <algorithm>
#include <unordered_set>

#include "fuse/dir-cache.h"
#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/removing.h"
#include "fuse/unseal.h"
#include "fuse/view.h"
#include "fuse/whiteout.h"

class Resuming {
 public:
  explicit Resuming(View& view) : view_(view), header_(view.memory.header()), op_(header_.op) {}

  void seal() {
    if (!header_.sealing) return;
    const ViewHeader::Stack& stack = header_.stacks[header_.current];
    if (stack.layers[stack.count - 1].root != header_.new_root) unseal(header_.new_root, view_.layers_.back()->root.get());
    header_.sealing = 0;
  }

  void copy() {
    CopyIntent& intent = header_.copy;
    if (intent.kind == CopyIntent::none) return;
    Node* parent = view_.nodes.find(intent.parent);
    Node* node = view_.nodes.find(intent.node);
    Stat st;
    if (parent && present(*parent, intent.name, st)) {
      std::shared_ptr<Fd> above = upper(*parent);
      if (intent.kind == CopyIntent::made_in_place) {
        unlinkat(above->get(), intent.name, intent.directory ? AT_REMOVEDIR : 0);
      } else if (node) {
        node->layer = view_.top();
        node->note();
        Fd made(check(open_beneath(above->get(), intent.name, O_PATH | O_NOFOLLOW), "open", intent.name));
        view_.mark_stale(*node, made);
      }
    }
    intent.kind = CopyIntent::none;
  }

  void operation() {
    durable::Kept* answered = durable::kept(uint32_t(view_.memory.number()), op_.unique);
    if (op_.kind != OpIntent::none && !(answered && answered->kind == durable::Kept::answered)) settle();
    op_.kind = OpIntent::none;
  }

 private:
  std::shared_ptr<Fd> upper(Node& dir) { return view_.dir_fd(dir, view_.top()); }

  bool present(Node& dir, const char* name, Stat& st) {
    try {
      return stat_at(upper(dir)->get(), name, st) == 0;
    } catch (const Failure&) {
      return false;
    }
  }

  void settle() {
    Node* dir = view_.nodes.find(op_.dir);
    if (!dir) return;
    Stat st;
    bool there = present(*dir, op_.name, st);
    if (op_.kind == OpIntent::create) return take_back(*dir, there && !is_whiteout(st));
    if (op_.kind == OpIntent::link) return link(*dir, there, st);
    try {
      if (op_.kind == OpIntent::remove) remove(*dir, there && !is_whiteout(st));
      else rename(*dir);
    } catch (const Failure& failure) {
      // A full disk, say. The kernel asks again, and whoever waits for it is told what comes of that.
      return log_line("not finished: %s: %s", failure.what(), strerror(failure.code()));
    }
    durable::keep(durable::Kept::answered, uint32_t(view_.memory.number()), op_.unique);
  }

  void take_back(Node& dir, bool there) {
    int above = upper(dir)->get();
    if (there && unlinkat(above, op_.name, 0) < 0 && (errno != EISDIR || unlinkat(above, op_.name, AT_REMOVEDIR) < 0))
      log_line("taking back %s: %m", op_.name);
    if (op_.covered && make_whiteout(above, op_.name) < 0 && errno != EEXIST) log_line("whiteout of %s: %m", op_.name);
    Node* made = view_.nodes.find(op_.node);
    if (!made) return;
    made->lookups = made->record->lookups = 0;
    made->record->opens = made->record->writers = 0;
    made->open.reset();
    view_.nodes.drop_name(*made, dir, op_.name);
  }

  void link(Node& dir, bool there, const Stat& st) {
    Node* node = view_.nodes.find(op_.node);
    if (!there || is_whiteout(st)) {
      if (op_.covered && !there) make_whiteout(upper(dir)->get(), op_.name);
      return;
    }
    if (!node || st.stx_ino != op_.ino || dev_of(st) != op_.dev) return;
    view_.nodes.add_name(*node, dir, op_.name);
    view_.nodes.index_hard(*node, dev_of(st), st.stx_ino);
    node->drop_nameless();
    durable::keep(durable::Kept::linked, uint32_t(view_.memory.number()), op_.unique);
  }

  void clear(Node* node) {
    if (!node || !op_.directory) return;
    Branch branch;
    branch.layer = view_.top();
    Stat st;
    if (!node->name.parent || !present(*node->name.parent, node->name.name.c_str(), st) || !is_dir(st)) return;
    node->branches.insert(node->branches.begin(), std::move(branch));
    clear_whiteouts(view_, *node);
  }

  void remove(Node& dir, bool there) {
    Node* node = view_.nodes.find(op_.node);
    int above = upper(dir)->get();
    bool upper = op_.in_upper && there;
    if (upper && op_.below) reserve_whiteout(above);
    if (upper) clear(node);
    take_out(above, op_.name, op_.directory, upper, op_.below);
    if (!node || !has_name(*node, dir, op_.name)) return;
    if (op_.count_link) count_link_lost(*node);
    view_.nodes.drop_name(*node, dir, op_.name);
  }

  void rename(Node& from) {
    Node* to = view_.nodes.find(op_.dir2);
    Node* node = view_.nodes.find(op_.node);
    Node* other = view_.nodes.find(op_.node2);
    if (!to || !node) return;
    int from_fd = upper(from)->get(), to_fd = upper(*to)->get();
    Stat st;
    bool moved = present(*to, op_.name2, st) && st.stx_ino == op_.ino && dev_of(st) == op_.dev;
    bool exchanged = op_.kind == OpIntent::exchange;
    if (!moved) {
      if (op_.directory && !exchanged) clear(other);
      bool leaving = !op_.covered && op_.flags == RENAME_WHITEOUT;
      unsigned way = op_.covered ? unsigned(RENAME_EXCHANGE) : op_.flags;
      check(leaving ? rename_leaving_whiteout(from_fd, op_.name, to_fd, op_.name2) : renameat2(from_fd, op_.name, to_fd, op_.name2, way), "rename", op_.name);
    }
    if (op_.covered && !op_.below) unlinkat(from_fd, op_.name, 0);
    if (other && has_name(*other, *to, op_.name2)) {
      if (op_.count_link) count_link_lost(*other);
      view_.nodes.drop_name(*other, *to, op_.name2);
    }
    view_.nodes.add_name(*node, *to, op_.name2);
    if (has_name(*node, from, op_.name)) view_.nodes.drop_name(*node, from, op_.name);
    if (exchanged && other) view_.nodes.add_name(*other, from, op_.name);
  }

  static bool has_name(const Node& node, const Node& dir, std::string_view name) {
    auto is = [&](const Name& known) { return known.parent == &dir && known.name == name; };
    return is(node.name) || std::ranges::any_of(node.more, is);
  }

  View& view_;
  ViewHeader& header_;
  OpIntent& op_;
};

namespace {

MountOptions read_options(int fd) {
  // The descriptor's file is mapped again by the view itself: this is only to know what it is.
  std::string text(sizeof(ViewHeader), 0);
  check(pread(fd, text.data(), text.size(), 0), "read", "view memory");
  auto& header = *reinterpret_cast<ViewHeader*>(text.data());
  return parse_mount_options(Fields(split_line(std::string_view(header.options, header.options_size))));
}

// Parents first: a directory is found in its parent's branches.
void find_node(View& view, Node& node, std::unordered_set<Node*>& known) {
  if (node.root || !known.insert(&node).second) return;
  node.branches.clear();
  node.redirect.reset();
  if (!node.name.parent) {
    if (!node.is_dir() || !node.nameless || !view.writable() || node.layer != view.top()) return;
    node.branches.emplace_back().layer = view.top();   // removed, but somebody is still in it
    return;
  }
  Node& parent = *node.name.parent;
  find_node(view, parent, known);
  node.virtuals = parent.virtuals ? parent.virtuals->child(parent.virtuals->shown_name(node.name.name)) : nullptr;
  if (!node.is_dir()) return;
  Found found = view.find(parent, node.name.name);
  if (!found.exists || (found.st.stx_mode && !is_dir(found.st))) {
    view.nodes.drop_name(node, parent, std::string(node.name.name));
    return;
  }
  node.branches = std::move(found.branches);
  node.redirect = std::move(found.redirect);
  node.layer = found.layer;
  node.note();
}

}  // namespace

void View::find_directories() {
  dir_cache::drop_view(serial);
  set_root();
  std::vector<Node*> all;
  nodes.each([&](Node& node) { all.push_back(&node); });
  std::unordered_set<Node*> known;
  for (Node* node : all) find_node(*this, *node, known);
}

View::View(int fd) : View(read_options(fd), fd) {}

View::View(const MountOptions& options, int fd)
    : memory(fd), aid(options.aid), at(options.at), nodes(memory), variables(options.variables), serial(new_serial()), virtuals_(make_virtual_tree(options)) {
  ViewHeader& header = memory.header();
  const ViewHeader::Stack& stack = header.stacks[header.current];
  live_ = options.live;
  writable_ = header.writable;
  passthrough_ = header.passthrough;
  base_dev_ = header.base_dev;
  for (uint32_t i = 0; i < stack.count; i++) {
    const ViewHeader::LayerFds& at = stack.layers[i];
    layers_.push_back(adopt_layer(at.root, at.directory, at.live, at.crossing, writable_ && i + 1 == stack.count));
  }
  device_ = Fd(header.device);
  nodes.root().ino = header.root_ino;
  set_root();
}

void View::resume() {
  Resuming resuming(*this);
  resuming.seal();
  nodes.restore();
  // What has no reference but from here is kept until all is settled.
  nodes.each([&](Node& node) {
    if (node.layer > top()) node.layer = top(), node.note();
    if (node.name.parent && node.nameless) node.drop_nameless();
    if (node.mapped) mapped_.push_back(node.id);
    if (!node.open && node.record && node.record->backing) {
      ioctl(device_.get(), IOC_BACKING_CLOSE, &node.record->backing);
      node.record->backing = 0;
    }
  });
  resuming.copy();
  resuming.operation();
  find_directories();
  nodes.reap_all();
  // Given by the kernel but not written down yet when the server was killed.
  int32_t last = memory.header().highest_backing;
  for (int32_t id = last + 1; id <= last + int32_t(durable::most_threads); id++) ioctl(device_.get(), IOC_BACKING_CLOSE, &id);
}
