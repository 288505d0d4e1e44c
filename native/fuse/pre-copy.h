// Copies of files that are open for writing, made ahead of a seal while the application runs, as a live migration copies memory:
// all of a file first, then what was changed meanwhile, until little is left for when the application is frozen.
//
// What was changed is known in one of these ways:
// - `notes`: where nothing passes through, every change comes to this server.
// - `log`: what passes through is told by the kernel's tracepoints (dirty-log.h), sizes and holes are noted here.
// - `times`: without such a log a file counts as unchanged while its change time is the same. Kernel 6.13 and later give every
//   change a time of its own that comes after somebody has asked for it. But a time may be set long before its change is made: what
//   was under way when it was asked for must have ended before the file is read. So the application stands still for a moment in
//   between, see wants_pause().
// - `none`: files are copied while the application is frozen.
#pragma once
#include <memory>
#include <vector>

#include "fuse/dirty-log.h"
#include "fuse/change-notes.h"

struct Node;
class View;

class PreCopy {
 public:
  enum class Way { none, notes, log, times };

  explicit PreCopy(View& view);   // throws Failure
  ~PreCopy();

  Way way() const { return way_; }
  // The application has to stand still once between ask_times() and advance().
  bool wants_pause() const { return way_ == Way::times && !copied_; }
  void ask_times();
  // Copies everything, or again what was changed since. Throws Failure (ENOSPC).
  void advance();
  uint64_t bytes() const { return bytes_; }
  size_t files() const { return files_.size(); }

  // The application is frozen: the copy of what `live` stands for, made whole; without a descriptor when there is no copy or it
  // can't be trusted. Adds what was copied to `bytes`. Throws Failure.
  Fd finish(int live, const Stat& st, uint64_t& bytes);

  static const char* name_of(Way way);
  // Throws Failure with what is missing for a log.
  static void try_log();

 private:
  struct File {
    ChangeNotes::File key;
    Fd live, copy;
    Stat clean{};   // when nothing was known to be changed
    bool whole = false;   // not worth going on with, or not certain
  };

  void add(Node& node);
  void choose_way();
  bool start_log();
  Ranges take(size_t file);
  uint64_t pending() const;
  void round(bool first);
  bool make_clean(File& file);
  void copy_changed(File& file, const Ranges& changed, bool fresh);

  View& view_;
  std::vector<File> files_;
  std::unique_ptr<DirtyLog> log_;
  Way way_ = Way::none;
  bool copied_ = false;
  uint64_t bytes_ = 0;
};
