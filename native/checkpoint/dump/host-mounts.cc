#include "checkpoint/dump/host-mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

struct HostMount {
  dev_t dev;
  std::string at; // "" for the root
};
static Descriptor root;
static std::vector<HostMount> mounts;

// Blanks are written as octal numbers there.
static std::string unescaped(const std::string &word) {
  std::string out;
  for (size_t i = 0; i < word.size(); i++) {
    if (word[i] == '\\' && i + 3 < word.size()) {
      out += static_cast<char>(strtol(word.substr(i + 1, 3).c_str(), nullptr, 8));
      i += 3;
    } else {
      out += word[i];
    }
  }
  return out;
}

void remember_host_mounts() {
  root = Descriptor(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) fail_call("open /");
  std::string all = proc_read("self/mountinfo");
  for (size_t at = 0; at < all.size();) {
    size_t end = std::min(all.find('\n', at), all.size());
    std::vector<std::string> words = split_words(all.substr(at, end - at));
    at = end + 1;
    unsigned major, minor;
    if (words.size() < 5 || sscanf(words[2].c_str(), "%u:%u", &major, &minor) != 2) continue;
    mounts.push_back({makedev(major, minor), words[4] == "/" ? "" : unescaped(words[4])});
  }
}

static Descriptor open_at(const std::string &candidate, dev_t dev, ino_t ino, bool on_device) {
  Descriptor file(openat(root.get(), candidate.c_str() + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  // Some file systems show another device to stat than to maps: there the place must do, when it is on the right one.
  bool right = file && fstat(file.get(), &status) == 0 && status.st_ino == ino && (status.st_dev == dev || on_device);
  return right ? std::move(file) : Descriptor();
}

Descriptor open_on_host(dev_t dev, ino_t ino, std::string &path, const std::vector<std::string> &layers) {
  if (Descriptor file = open_at(path, dev, ino, false)) return file;
  for (const std::string &layer : layers)
    if (Descriptor file = open_at(layer + path, dev, ino, false)) return file;
  for (const HostMount &mount : mounts) {
    if (mount.dev != dev || mount.at.empty()) continue;
    Descriptor file = open_at(mount.at + path, dev, ino, true);
    if (!file) continue;
    path = mount.at + path;
    return file;
  }
  return Descriptor();
}
