#include "checkpoint/dump/paths.h"

Paths::Paths(const Options &options) : options_(options) {}

void Paths::host_root_is(const std::string &path) { host_root_ = path == "/" ? "" : path; }

// True when path is prefix or lies below it: prefixes end at whole names only. rest: what follows the prefix.
static bool below(const std::string &path, const std::string &prefix, std::string &rest) {
  if (prefix.empty() || !path.starts_with(prefix)) return false;
  if (path.size() > prefix.size() && prefix.back() != '/' && path[prefix.size()] != '/') return false;
  rest = path.substr(prefix.size());
  return true;
}

static bool is(const std::string &path, const struct stat &status) {
  struct stat there;
  return lstat(path.c_str(), &there) == 0 && there.st_dev == status.st_dev && there.st_ino == status.st_ino;
}

// By now the instance's root is this program's.
static bool is_of_view(const struct stat &status) {
  struct stat root;
  return stat("/", &root) == 0 && root.st_dev == status.st_dev;
}

std::string Paths::in_view(const std::string &path, const struct stat &status) const {
  std::string out = path, rest;
  for (const auto &[shown, file] : options_.injected)
    if (path == host_root_ + file) return is_of_view(status) || is(path, status) ? path : shown;
  size_t longest = 0;
  for (const std::string &layer : options_.layers) {
    std::string shown = host_root_ + (layer == "/" ? "" : layer);
    if (shown.size() <= longest || !below(path, shown, rest)) continue;
    longest = shown.size();
    out = rest.empty() || rest[0] != '/' ? "/" + rest : rest;
  }
  return longest && (is_of_view(status) || is(path, status)) ? path : out;
}

std::string Paths::stored(const std::string &path) const {
  std::string out = path, rest;
  size_t longest = 0;
  for (const auto &[evaluated, precustomised] : options_.custom) {
    if (evaluated.size() <= longest || !below(path, evaluated, rest)) continue;
    longest = evaluated.size();
    out = precustomised + rest;
  }
  return out;
}
