#include "fuse/pre-copy.h"

#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "fuse/copy-data.h"
#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/view.h"

namespace {

constexpr int most_rounds = 4;
// This little is copied in a moment; another round would cost more.
constexpr uint64_t little = 256 << 10;

// APPSHOT_PRE_COPY names the best way that may be taken.
bool allowed(PreCopy::Way way) {
  const char* setting = getenv("APPSHOT_PRE_COPY");
  if (!setting || strcmp(setting, "log") == 0) return true;
  return way == PreCopy::Way::notes || (way == PreCopy::Way::times && strcmp(setting, "times") == 0);
}

long file_system(int fd) {
  struct statfs st;
  check(fstatfs(fd, &st), "statfs", "written file");
  return long(st.f_type);
}

bool journals_all(const Stat& st) {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string device = " " + std::to_string(st.stx_dev_major) + ":" + std::to_string(st.stx_dev_minor) + " ", line;
  while (std::getline(mounts, line))
    if (line.find(device) != line.npos && line.find("data=journal") != line.npos) return true;
  return false;
}

// Every change of an ext4 file's pages makes an event, but where there is no page cache; and data that goes through the journal
// follows other rules, for it is written from there later.
bool tells_pages(int fd, const Stat& st) {
  int flags = 0;
  bool journaled = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && flags & FS_JOURNAL_DATA_FL;
  return !journaled && !(st.stx_attributes & STATX_ATTR_DAX);
}

bool tells_times(int fd) {
  utsname name;
  int major = 0, minor = 0;
  if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  if (major < 6 || (major == 6 && minor < 13)) return false;
  long type = file_system(fd);
  return type == EXT4_SUPER_MAGIC || type == XFS_SUPER_MAGIC || type == BTRFS_SUPER_MAGIC;
}

bool same_time(const Stat& a, const Stat& b) {
  return a.stx_ctime.tv_sec == b.stx_ctime.tv_sec && a.stx_ctime.tv_nsec == b.stx_ctime.tv_nsec && a.stx_size == b.stx_size;
}

bool shares_extents(int from, int to) {
  if (ioctl(to, FICLONE, from) < 0) return false;
  check(ftruncate(to, 0), "ftruncate", "copy");
  return true;
}

}  // namespace

const char* PreCopy::name_of(Way way) {
  switch (way) {
    case Way::notes: return "notes";
    case Way::log: return "log";
    case Way::times: return "times";
    default: return "none";
  }
}

void PreCopy::try_log() {
  if (!allowed(Way::log)) fail(EOPNOTSUPP, "switched off by", "APPSHOT_PRE_COPY");
  DirtyLog log({{0, 0, 0, 0}});
  DirtyLog::settle();
}

PreCopy::PreCopy(View& view) : view_(view) {
  {
    std::shared_lock held(view.tree);
    for (HeldNode& file : view.written_files()) add(*file);
  }
  if (files_.empty() || shares_extents(files_.front().live.get(), files_.front().copy.get())) {
    files_.clear();
    return;
  }
  choose_way();
  if (way_ == Way::none) files_.clear();
  for (File& file : files_) view_.notes.watch(file.key);
}

PreCopy::~PreCopy() { view_.notes.clear(); }

// Small files take no time: nothing is known of them, and they are copied while the application is frozen.
void PreCopy::add(Node& node) {
  try {
    File file;
    file.live = view_.object(node, O_RDONLY);
    check(stat_at(file.live.get(), "", file.clean), "stat", node.name.name);
    if (file.clean.stx_size <= SMALL_FILE) return;
    file.key = ChangeNotes::file_of(file.clean);
    file.copy = view_.upper_file(node, 0);
    files_.push_back(std::move(file));
  } catch (const Failure& failure) {
    if (failure.code() != ENOENT) throw;   // it is gone in the meantime
  }
}

void PreCopy::choose_way() {
  if (!view_.writes_pass_through()) {
    way_ = Way::notes;
    return;
  }
  const File& any = files_.front();   // one layer, one file system
  if (allowed(Way::log) && file_system(any.live.get()) == EXT4_SUPER_MAGIC && !journals_all(any.clean) && start_log()) way_ = Way::log;
  else if (allowed(Way::times) && tells_times(any.live.get())) way_ = Way::times;
}

bool PreCopy::start_log() {
  std::erase_if(files_, [](const File& file) { return !tells_pages(file.live.get(), file.clean); });
  try {
    std::vector<DirtyLog::Watched> watched;
    for (const File& file : files_) watched.push_back({file.clean.stx_dev_major, file.clean.stx_dev_minor, file.clean.stx_ino, file.clean.stx_size});
    if (!watched.empty()) log_ = std::make_unique<DirtyLog>(watched);
    DirtyLog::settle();
    return true;
  } catch (const Failure& failure) {
    log_line("no log of dirty pages: %s: %s", failure.what(), strerror(failure.code()));
    log_.reset();
    return false;
  }
}

void PreCopy::ask_times() {
  for (File& file : files_) check(stat_at(file.live.get(), "", file.clean), "stat", "written file");
}

Ranges PreCopy::take(size_t file) {
  Ranges taken = view_.notes.take(files_[file].key);
  if (log_) taken.add(log_->take(file));
  return taken;
}

uint64_t PreCopy::pending() const {
  uint64_t sum = 0;
  for (size_t i = 0; i < files_.size(); i++) {
    const File& file = files_[i];
    if (file.whole) continue;
    sum += view_.notes.bytes(file.key, file.clean.stx_size);   // an estimate, when its size has changed since
    if (log_) sum += log_->bytes(i);
  }
  return sum;
}

// From here on the next change of each page is told of again, whoever makes it. The time is asked for once that is so: a change
// of it without one of a page is then none that this way knows of.
bool PreCopy::make_clean(File& file) {
  bool clean = sync_file_range(file.live.get(), 0, 0, SYNC_FILE_RANGE_WRITE_AND_WAIT) == 0;
  if (!clean) log_line("writing back a file before it is copied: %m");
  if (way_ == Way::times) return clean;
  return stat_at(file.live.get(), "", file.clean) == 0 && clean;
}

void PreCopy::round(bool first) {
  std::vector<Ranges> changed(files_.size());
  for (size_t i = 0; i < files_.size(); i++) {
    changed[i] = take(i);
    if (first) changed[i].add(0, Ranges::to_end);
  }
  if (log_) DirtyLog::settle();
  for (size_t i = 0; i < files_.size(); i++) {
    File& file = files_[i];
    if (file.whole || changed[i].empty()) continue;
    copy_changed(file, changed[i], first);
  }
}

void PreCopy::copy_changed(File& file, const Ranges& changed, bool fresh) {
  if (way_ != Way::notes && !make_clean(file)) {
    file.whole = true;
    file.copy.reset();
    return;
  }
  // What lies past today's end must not come back when the file grows again.
  Stat now;
  check(stat_at(file.live.get(), "", now), "stat", "written file");
  check(ftruncate(file.copy.get(), off_t(now.stx_size)), "ftruncate", "copy");
  for (auto& [start, end] : changed) bytes_ += copy_part(file.live.get(), file.copy.get(), start, end, fresh);
}

void PreCopy::advance() {
  if (files_.empty()) return;
  if (!copied_) round(true);
  copied_ = true;
  if (way_ == Way::times) return;   // what has changed by now has to be copied whole in any case
  uint64_t before = Ranges::to_end;
  for (int rounds = 1; rounds < most_rounds; rounds++) {
    uint64_t left = pending();
    if (left <= little || left > before / 4 * 3) return;
    before = left;
    round(false);
  }
}

Fd PreCopy::finish(int live, const Stat& st, uint64_t& bytes) {
  for (size_t i = 0; i < files_.size(); i++) {
    File& file = files_[i];
    if (file.key != ChangeNotes::file_of(st) || file.whole || !copied_ || !file.copy) continue;
    Stat now;
    check(stat_at(live, "", now), "stat", "written file");
    if (way_ == Way::times) return same_time(file.clean, now) ? std::move(file.copy) : Fd();
    Ranges changed = take(i);
    if (log_ && log_->lost()) return {};
    if (log_ && changed.empty() && !same_time(file.clean, now)) return {};
    check(ftruncate(file.copy.get(), off_t(now.stx_size)), "ftruncate", "copy");
    for (auto& [start, end] : changed) bytes += copy_part(live, file.copy.get(), start, end, false);
    return std::move(file.copy);
  }
  return {};
}
