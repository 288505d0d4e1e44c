// One mounted view: its layers, its nodes, and the connection to the kernel.
//
// Lock order: pre-copy -> copy-up stripe -> tree -> open-file stripe -> node table. `tree` is held shared by whatever resolves a
// name or reads a branch, exclusively by whatever changes the upper's names or the stack of layers.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "fuse/change-notes.h"
#include "fuse/layer.h"
#include "fuse/node-table.h"
#include "fuse/pre-copy.h"
#include "fuse/protocol.h"
#include "fuse/view-memory.h"
#include "fuse/variables.h"
#include "fuse/virtual-tree.h"

// Cached by the kernel for this long where nobody else can change what lies below.
inline constexpr uint64_t LONG_SECONDS = 86400;

// Files of up to this size in sealed layers are read by this server and cached by the kernel, see open-files.cc.
inline constexpr uint64_t SMALL_FILE = 64 << 10;

// What a name of a directory leads to, over all layers.
struct Found {
  bool exists = false;
  bool changing = false;     // a live layer decided: others may change it
  bool covered = false;      // a whiteout in the upper decided
  LayerNumber layer = 0;
  uint64_t ino = 0;
  Stat st{};
  std::vector<Branch> branches;
  std::unique_ptr<std::string> redirect;
  const VirtualEntry* virtuals = nullptr;
};

struct DirEntry {
  std::string name;   // as shown
  uint64_t ino = 0;
  uint8_t type = 0;      // DT_*
  uint64_t cookie = 0;   // where a reader stands that has read this one
};

// What a directory held when its reading began: a listing holds while the directory changes.
struct Listing {
  std::mutex lock;
  bool filled = false;
  std::vector<DirEntry> entries;
  void order();
  size_t after(uint64_t cookie) const;   // the first entry behind that place
};

struct Counters {
  std::atomic<uint64_t> requests{0}, copied_files{0}, copied_bytes{0}, passthrough_opens{0}, plain_opens{0}, superseded{0};
  std::atomic<uint64_t> looks{0};   // into layers, for names
};

uint64_t new_serial();

class View {
 public:
  View(const MountOptions& options, const std::string& written);  // `written`: the options as a control line
  explicit View(int memory);                                       // goes on with a killed server's; throws Failure
  ~View();

  // session.cc
  void attach(const std::string& at);  // mounts and answers the kernel's INIT; throws Failure
  void detach();
  void attach_again();   // the same view in its place, from which somebody took it; throws Failure
  // Whether it is mounted in its place: a person may have unmounted it there, also while others still have it.
  bool in_place() const;
  bool ended() const;    // the kernel has ended the connection: it is mounted nowhere any more
  // takeover-view.cc: finishes or takes back what was under way, finds the branches of directories. Throws Failure.
  void resume();
  void find_directories();
  int device() const { return device_.get(); }

  // paths.cc: descriptors of what nodes stand for. Hold `tree`.
  std::shared_ptr<Fd> dir_fd(Node& dir, LayerNumber layer);  // O_PATH of a directory in one layer; throws Failure
  Fd object(Node& node, int flags);                        // the object itself; throws Failure
  std::string path_in_layer(Node& dir, LayerNumber layer); // "" for the root
  std::string lower_path(Node& dir);                       // "/x/y": the directory's path in the layers below the upper
  Layer& layer(LayerNumber number) { return *layers_[number]; }
  int writable_top() const { return writable_ ? top() : -1; }
  LayerNumber top() const { return LayerNumber(layers_.size() - 1); }
  bool in_upper(const Node& node) const { return writable_ && (node.is_dir() ? node.has_branch(top()) : node.kind == NodeKind::stored && node.layer == top()); }

  // overlay.cc: names over all layers. Hold `tree`.
  Found find(Node& dir, std::string_view stored);
  bool lower_has(Node& dir, std::string_view stored, Stat* st = nullptr);
  std::vector<Branch> resolve_below(LayerNumber below, std::string_view path);
  HeldNode node_for(Node& dir, std::string_view stored, Found& found);
  uint64_t shown_ino(const Stat& st, bool impure, int dir, const char* name) const;
  uint64_t plain_ino(const Stat& st) const;
  uint64_t ino_mix(uint64_t dev) const;

  // attributes.cc. Hold `tree`.
  Stat stat_node(Node& node);
  void fill_attr(Node& node, const Stat& st, fuse_attr& attr);
  void fill_entry(Node& node, const Stat& st, bool changing, fuse_entry_out& entry);
  // For how long the kernel may believe the attributes.
  struct Validity {
    uint64_t seconds;
    uint32_t nanoseconds;
  };
  Validity attr_validity(Node& node, const Stat& st);
  std::string link_target(Node& node);

  // copy-up.cc. copy_up_node takes the locks itself; copy_up_dir wants `tree` exclusively.
  void copy_up_node(Node& node, bool with_data);
  Fd copy_up_dir(Node& dir);
  void mark_impure(Node& dir, int upper_dir);

  // hard-links.cc: learns the further names of a file that has `links` of them. Hold `tree`.
  void gather_names(Node& node, uint32_t links);

  // live-files.cc: into `out`, whether what the kernel has cached still holds. Hold `tree`.
  std::optional<uint64_t> listing_state(Node& dir);
  bool cache_listing(Node& dir, OpenOut& out);
  bool caches_live(Node& node, int object, OpenOut& out);

  // open-files.cc
  void open_node(Node& node, uint32_t flags, uint32_t uid, OpenOut& out);  // throws Failure
  // `at_hand`: a descriptor of the file when no `object` is given to be kept; without either it isn't passed through.
  // `cached`: by the kernel, which is asked for it so.
  void finish_open(Node& node, Fd object, int at_hand, const Stat& st, uint32_t flags, uint32_t uid, OpenOut& out, bool cached = false);
  // One open less; `settled` is called when it is sure to happen. finish_release does what need not be waited for.
  struct Released {
    std::unique_ptr<OpenFile> closed;
    bool wrote = false;
  };
  Released release_node(Node& node, uint32_t flags, const std::function<void()>& settled);
  void finish_release(Node& node, Released released);
  void supersede(Node& node);
  std::shared_ptr<Fd> plain_fd(Node& node, bool write);
  bool still_written(Node& node);   // somebody has it open for writing, or mapped shared and writable
  void sweep_mapped();
  void look_at_mapped(Node& node);   // no longer Node::mapped, unless still_written. Hold `tree`.

  // listing.cc
  void fill_listing(Node& dir, Listing& listing);

  // seal.cc
  struct Sealed {
    uint64_t bytes = 0, files = 0;
  };
  Sealed seal(const std::string& new_upper);
  // Files of the upper that somebody may write to without asking. Hold `tree`.
  std::vector<HeldNode> written_files();

  // pre-copies.cc: what a seal will need is copied while the application runs, as far as it can be. Called again, it goes on.
  // `pause`: the application must stand still for a moment, and this be called again with `paused`. Throws Failure, and nothing is
  // left.
  struct PreCopied {
    uint64_t bytes = 0, files = 0;
    PreCopy::Way way = PreCopy::Way::none;
    bool pause = false;
  };
  PreCopied pre_copy(bool paused);
  void drop_pre_copies();
  void drop_old_pre_copies();   // nobody came for them

  Node& node(uint64_t id);            // throws Failure ESTALE
  bool has_copied(uint64_t id);       // whether it needs no copy to be changed; false also when that can't be said at once
  static Node& current(Node& node);   // follows successors
  std::mutex& open_lock(const Node& node) { return open_locks_[node.id % open_locks_.size()]; }
  void need_writable(const Node& node) const;
  bool written_in_memory() const;   // whatever is written here goes to no disk

  ViewMemory memory;
  const std::string aid;
  std::string at;
  std::shared_mutex tree;
  NodeTable nodes;
  Variables variables;
  ChangeNotes notes;
  Counters counters;
  bool writable() const { return writable_; }
  bool made_of(std::string_view options) const { return options == std::string_view(memory.header().options, memory.header().options_size); }
  bool live_below() const { return live_; }
  bool passthrough() const { return passthrough_; }
  // What passes by must be seen to end (still_written): on overlayfs it can't be.
  bool writes_pass_through() const { return passthrough_ && !(writable_ && layers_.back()->on_overlay); }

  uint64_t add_listing(std::shared_ptr<Listing> listing);
  std::shared_ptr<Listing> listing(uint64_t handle);   // an empty one after a takeover
  // Whether the kernel may keep what this open reads. `asked_again`: a killed server may have said so of one that nobody has.
  bool keep_listing(Node& dir, uint64_t handle, bool asked_again);
  void drop_listing(uint64_t node, uint64_t handle);

  std::atomic<const void*> served_by{nullptr};   // the thread that was the last to begin with its requests
  std::atomic<bool> gone{false};  // nothing is served any more
  std::atomic<bool> cut_off{false};   // the kernel has ended the connection
  const uint64_t serial;          // names this view in epoll and in the directory cache

 private:
  friend class Sealing;
  friend class Resuming;
  friend class PreCopy;
  View(const MountOptions& options, int memory);
  void write_stack();
  Fd fill_dir_copy(Node& dir, const Fd& above, const Stat& above_st, const Stat& st);
  void set_root();
  void raise_root();
  Branch root_branch(LayerNumber number) const;
  bool hidden(LayerNumber number, const VirtualEntry* virtuals) const;
  bool forbidden(const Stat& st, LayerNumber number) const;
  // A directory called `name` here in one layer: false when nothing below it is merged by name any more.
  // `known`: its contents, where they are kept; `in` is not looked into then.
  bool add_branch(Node& dir, LayerNumber number, int in, std::string_view stored, std::string& name, const LayerNames* known, Found& found);
  // What a directory has in one layer; null where that isn't kept. Hold `tree`.
  const LayerNames* names_in(Node& dir, const Branch& branch);
  Fd place_copy(Node& node, int above, const Fd& source, Fd made, const Stat& st);
  void copy_up_links(Node& node, int above, const Fd& made, const Stat& st);
  void mark_stale(Node& node, const Fd& made);
  Fd upper_file(Node& node, int flags);
  bool is_small(Node& node);
  bool left_to_next(Node& node);
  void push_contents(Node& node);
  void open_object(Node& node);
  uint64_t& kept_by(Node& dir);   // the open whose listing the kernel keeps; hold listings_lock_
  void offer_backing(OpenFile& file, int fd, const Stat& st, bool write, uint32_t uid);

  std::vector<std::shared_ptr<Layer>> layers_;  // by number, bottom first
  bool writable_ = false;
  bool live_ = false;
  bool passthrough_ = false;
  uint64_t base_dev_ = 0;   // inode numbers of this device are shown as they are
  std::unique_ptr<VirtualEntry> virtuals_;
  Fd device_;
  std::array<std::mutex, 16> open_locks_, copy_locks_;
  std::mutex make_lock_;   // a name gets one node, however many look it up at once
  std::mutex mapped_lock_;
  std::vector<uint64_t> mapped_;   // nodes with Node::mapped; each holds a pin
  std::mutex pre_copy_lock_;   // before all others
  std::unique_ptr<PreCopy> pre_copy_;
  bool pre_copy_spent_ = false;
  std::chrono::steady_clock::time_point pre_copy_used_;
  std::mutex listings_lock_;
  std::unordered_map<uint64_t, std::shared_ptr<Listing>> listings_;
};

// Unmounts what is at `at`, busy or not; a failure is for the log.
void take_off(const std::string& at);
