#include "fuse/layer-names.h"

#include <cstring>

#include "fuse/directory-entries.h"
#include "fuse/overlay.h"
#include "fuse/syscalls.h"

namespace {

struct TooMany {};

Fd open_at(int above, const std::string& name) {
  return Fd(check(open_beneath(above, name.empty() ? "." : name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), "open directory", name));
}

std::unique_ptr<LayerNames> read(int above, const std::string& name, size_t& left) {
  Fd fd = open_at(above, name);
  auto found = std::make_unique<LayerNames>();
  Stat st;
  check(stat_at(fd.get(), "", st), "stat", name);
  found->changed_s = st.stx_ctime.tv_sec, found->changed_ns = st.stx_ctime.tv_nsec;
  found->impure = overlay::has_mark(fd.get(), "", overlay::impure);
  found->opaque = overlay::has_mark(fd.get(), "", overlay::opaque);
  found->redirect = overlay::redirect_of(fd.get(), "");
  read_directory(fd.get(), name, [&](const Dirent64& entry) {
    if (left-- == 0 || entry.type == DT_UNKNOWN) throw TooMany();
    found->entries[entry.name].type = entry.type;
  });
  for (auto& [below, entry] : found->entries)
    if (entry.type == DT_DIR) entry.directory = read(fd.get(), below, left);
  return found;
}

bool holds(const LayerNames& names, int above, const std::string& name) {
  Fd fd = open_at(above, name);
  Stat st;
  if (stat_at(fd.get(), "", st) < 0 || st.stx_ctime.tv_sec != names.changed_s || st.stx_ctime.tv_nsec != names.changed_ns) return false;
  for (auto& [below, entry] : names.entries)
    if (entry.directory && !holds(*entry.directory, fd.get(), below)) return false;
  return true;
}

}  // namespace

const LayerNames::Entry* LayerNames::find(std::string_view name) const {
  auto found = entries.find(name);
  return found == entries.end() ? nullptr : &found->second;
}

const LayerNames* LayerNames::at(std::string_view path) const {
  const LayerNames* in = this;
  while (!path.empty()) {
    size_t end = std::min(path.find('/'), path.size());
    const Entry* entry = in->find(path.substr(0, end));
    if (!entry || !entry->directory) return nullptr;
    in = entry->directory.get();
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return in;
}

std::unique_ptr<LayerNames> read_names(const Fd& root) {
  size_t left = most_names;
  try {
    return read(root.get(), "", left);
  } catch (const TooMany&) {
    return nullptr;
  } catch (const Failure&) {
    return nullptr;
  }
}

bool names_hold(const LayerNames& names, const Fd& root) {
  try {
    return holds(names, root.get(), "");
  } catch (const Failure&) {
    return false;
  }
}
