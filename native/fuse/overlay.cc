// Names over all layers: which layer a name is found in, and what a directory is merged from.
#include "fuse/overlay.h"

#include <atomic>
#include <climits>
#include <cstring>

#include "fuse/failure.h"
#include "fuse/mount-check.h"
#include "fuse/view.h"
#include "fuse/whiteout.h"

bool overlay::has_mark(int dir, const char* name, const char* attribute) {
  char value = 0;
  return get_xattr(dir, name, attribute, &value, 1) == 1 && value == 'y';
}

std::string overlay::redirect_of(int dir, const char* name) {
  char value[PATH_MAX];
  ssize_t size = get_xattr(dir, name, overlay::redirect, value, sizeof value);
  std::string to(value, size > 0 ? size_t(size) : 0);
  // As in the kernel, a relative one is another name beside its own: whoever writes marks by hand gets no way up by them.
  bool beside = to.find('/') == to.npos && to != "." && to != "..";
  return beside || to[0] == '/' ? to : std::string();
}

namespace {

struct Marks {
  bool impure, opaque;
  std::string redirect;
};

// `known`: what is in it, where that is kept in memory.
Marks marks_of(int in, const char* name, const LayerNames* known) {
  if (known) return {known->impure, known->opaque, known->redirect};
  return {overlay::has_mark(in, name, overlay::impure), overlay::has_mark(in, name, overlay::opaque), overlay::redirect_of(in, name)};
}

}  // namespace

// Stacks of fewer layers are not worth it.
static constexpr size_t deep = 8;

// Threads may find it at once, and find the same.
const LayerNames* View::names_in(Node& dir, const Branch& branch) {
  static const LayerNames unknown;
  std::atomic_ref<const LayerNames*> kept(branch.names);
  const LayerNames* known = kept.load(std::memory_order_acquire);
  if (known) return known == &unknown ? nullptr : known;
  if (dir.nameless || (!dir.root && !dir.name.parent)) return nullptr; // it is nowhere any more
  // What is being sealed is not as it will be.
  if (layers_.size() < deep || (writable_ && branch.layer == top()) || memory.header().sealing) return nullptr;
  const LayerNames* all = layers_[branch.layer]->names();
  known = all ? all->at(path_in_layer(dir, branch.layer)) : nullptr;
  kept.store(known ? known : &unknown, std::memory_order_release);
  return known;
}

bool View::hidden(LayerNumber number, const VirtualEntry* virtuals) const {
  if (!virtuals || !virtuals->masked) return false;
  // What instances wrote at a masked path themselves shows; what others have there doesn't.
  return live_ ? layers_[number]->live : !(writable_ && number == top());
}

bool View::forbidden(const Stat& st, LayerNumber number) const {
  return layers_[number]->crossing && st.stx_attributes & STATX_ATTR_MOUNT_ROOT && is_view_mount(st);
}

uint64_t View::ino_mix(uint64_t dev) const {
  if (dev == base_dev_) return 0;
  return (dev * 0x9e3779b97f4a7c15ull >> 49 | 1) << 48;
}

uint64_t View::plain_ino(const Stat& st) const { return st.stx_ino ^ ino_mix(dev_of(st)); }

uint64_t View::shown_ino(const Stat& st, bool impure, int dir, const char* name) const {
  uint64_t ino;
  if (impure && get_xattr(dir, name, overlay::ino, &ino, sizeof ino) == sizeof ino) return ino;
  return plain_ino(st);
}

Found View::find(Node& dir, std::string_view stored) {
  Found found;
  std::string name(stored);
  if (dir.virtuals) found.virtuals = dir.virtuals->child(dir.virtuals->shown_name(stored));
  if (found.virtuals && found.virtuals->is_file()) {
    found.exists = true;
    found.ino = found.virtuals->ino;
    return found;
  }
  bool touched_live = false;
  for (const Branch& branch : dir.branches) {
    const LayerNames* names = names_in(dir, branch);
    const LayerNames::Entry* entry = names ? names->find(name) : nullptr;
    if (names && !entry) continue;
    if (entry && entry->directory && found.exists) {
      if (hidden(branch.layer, found.virtuals)) continue;
      if (!add_branch(dir, branch.layer, -1, stored, name, entry->directory.get(), found)) break;
      continue;
    }
    counters.looks++;
    std::shared_ptr<Fd> in;
    try {
      in = dir_fd(dir, branch.layer);
    } catch (const Failure& failure) {
      if (absent(failure.code())) continue;
      throw;
    }
    touched_live |= layers_[branch.layer]->live;
    Stat st;
    if (stat_at(in->get(), name.c_str(), st) < 0) {
      if (absent(errno)) continue;
      fail(errno, "stat", name);
    }
    if (is_whiteout(st)) {
      found.covered = !found.exists && branch.layer == writable_top();
      break;
    }
    if (found.exists && !is_dir(st)) break;
    if (!found.exists) {
      found.exists = true;
      found.layer = branch.layer;
      found.st = st;
      found.ino = shown_ino(st, branch.impure, in->get(), name.c_str());
      found.changing = layers_[branch.layer]->live;
      if (!found.changing) shown_owner(in->get(), name.c_str(), found.st);
    }
    if (!is_dir(st)) break;
    if (hidden(branch.layer, found.virtuals) || forbidden(st, branch.layer)) continue;
    if (!add_branch(dir, branch.layer, in->get(), stored, name, entry ? entry->directory.get() : nullptr, found)) break;
  }
  if (!found.exists) found.changing = touched_live;
  if (found.virtuals && found.virtuals->forced && !(found.exists && is_dir(found.st))) {
    found.exists = true;
    found.changing = false;
    found.st = {};
    found.ino = found.virtuals->ino;
    found.branches.clear();
  }
  return found;
}

bool View::add_branch(Node& dir, LayerNumber number, int in, std::string_view stored, std::string& name, const LayerNames* known, Found& found) {
  bool sealed = !layers_[number]->live, upper = writable_ && number == top();
  Branch& added = found.branches.emplace_back();
  added.layer = number;
  added.names = known;
  Marks marks = sealed ? marks_of(in, name.c_str(), known) : Marks{};
  added.impure = marks.impure;
  if (name != stored) {
    std::string above = path_in_layer(dir, number);
    added.path = std::make_unique<std::string>(above.empty() ? name : above + "/" + name);
  }
  if (!sealed || number == 0) return true;
  if (marks.opaque) return false;
  const std::string& elsewhere = marks.redirect;
  if (elsewhere.empty()) return true;
  bool absolute = elsewhere[0] == '/';
  if (upper) found.redirect = std::make_unique<std::string>(absolute ? elsewhere : lower_path(dir) + "/" + elsewhere);
  if (!absolute) {
    name = elsewhere;
    return true;
  }
  for (Branch& rest : resolve_below(number, elsewhere)) found.branches.push_back(std::move(rest));
  return false;
}

std::vector<Branch> View::resolve_below(LayerNumber below, std::string_view path) {
  std::vector<Branch> at;
  for (int number = int(below) - 1; number >= 0; number--) {
    Branch& branch = at.emplace_back();
    branch.layer = LayerNumber(number);
    branch.path = std::make_unique<std::string>();
  }
  for (size_t i = 1; i < path.size();) {
    size_t end = std::min(path.find('/', i), path.size());
    std::string part(path.substr(i, end - i));
    i = end + 1;
    if (part.empty()) continue;
    std::vector<Branch> next;
    std::string name = part;
    for (const Branch& branch : at) {
      const Layer& in = *layers_[branch.layer];
      std::string full = branch.path->empty() ? name : *branch.path + "/" + name;
      Fd fd(open_beneath(in.root.get(), full.c_str(), O_PATH | O_NOFOLLOW));
      Stat st;
      if (!fd || stat_at(fd.get(), "", st) < 0) continue;
      if (!is_dir(st)) break;  // a whiteout, or a file that hides what is below
      if (forbidden(st, branch.layer)) continue;
      Branch& added = next.emplace_back();
      added.layer = branch.layer;
      added.impure = !in.live && overlay::has_mark(fd.get(), "", overlay::impure);
      added.path = std::make_unique<std::string>(full);
      if (in.live || branch.layer == 0) continue;
      if (overlay::has_mark(fd.get(), "", overlay::opaque)) break;
      std::string elsewhere = overlay::redirect_of(fd.get(), "");
      if (elsewhere.empty()) continue;
      if (elsewhere[0] != '/') {
        name = elsewhere;
        continue;
      }
      for (Branch& rest : resolve_below(branch.layer, elsewhere)) next.push_back(std::move(rest));
      break;
    }
    at = std::move(next);
  }
  return at;
}

bool View::lower_has(Node& dir, std::string_view stored, Stat* out) {
  std::string name(stored);
  const VirtualEntry* virtuals = dir.virtuals ? dir.virtuals->child(dir.virtuals->shown_name(stored)) : nullptr;
  for (const Branch& branch : dir.branches) {
    if (branch.layer == top() || hidden(branch.layer, virtuals)) continue;
    const LayerNames* names = names_in(dir, branch);
    if (names && !names->find(name)) continue;
    Stat st;
    std::shared_ptr<Fd> in;
    try {
      in = dir_fd(dir, branch.layer);
    } catch (const Failure& failure) {
      if (absent(failure.code())) continue;
      throw;
    }
    if (stat_at(in->get(), name.c_str(), st) < 0) continue;
    if (out) *out = st;
    return !is_whiteout(st);
  }
  return false;
}

HeldNode View::node_for(Node& dir, std::string_view stored, Found& found) {
  std::lock_guard making(make_lock_);
  NodeKind kind = NodeKind::stored;
  uint32_t type = found.st.stx_mode & S_IFMT;
  if (found.virtuals && found.virtuals->is_file()) {
    kind = found.virtuals->kind == VirtualKind::injected ? NodeKind::injected
           : found.virtuals->kind == VirtualKind::shared ? NodeKind::shared
                                                         : NodeKind::link;
    type = kind == NodeKind::link ? S_IFLNK : S_IFREG;
  } else if (!type) {
    type = S_IFDIR;
  }
  HeldNode known = nodes.find(dir, stored);
  bool same = known && (known->ino == found.ino || known->stands_for(dev_of(found.st), found.st.stx_ino));
  if (same && known->type == type && known->kind == kind) return known;
  bool hard = kind == NodeKind::stored && type != S_IFDIR && found.st.stx_nlink > 1;
  if (hard) {
    HeldNode other = nodes.find_hard(dev_of(found.st), found.st.stx_ino);
    if (other && other->type == type) {
      nodes.add_name(*other, dir, stored);
      return other;
    }
  }
  HeldNode made = nodes.make(&dir, stored);
  made->kind = kind;
  made->type = type;
  made->ino = found.ino;
  made->layer = found.layer;
  made->branches = std::move(found.branches);
  made->redirect = std::move(found.redirect);
  made->virtuals = found.virtuals;
  made->small = kind == NodeKind::stored && type == S_IFREG && found.layer != writable_top() && !found.changing && found.st.stx_size <= SMALL_FILE;
  made->note();
  if (hard) nodes.index_hard(*made, dev_of(found.st), found.st.stx_ino);
  return made;
}
