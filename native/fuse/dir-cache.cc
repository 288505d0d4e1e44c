#include "fuse/dir-cache.h"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <list>
#include <mutex>
#include <unordered_map>

namespace dir_cache {
namespace {

// Where few descriptors are allowed, views and open files need them more.
size_t capacity() {
  static const size_t known = [] {
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 64 : std::min<size_t>(1024, limit.rlim_cur / 8);
  }();
  return known;
}

struct Entry {
  Key key;
  std::shared_ptr<Fd> fd;
  time_t until;  // 0: for good
};
struct KeyHash {
  size_t operator()(const Key& k) const { return (k.node ^ k.view << 24 ^ uint64_t(k.layer) << 52) * 0x9e3779b97f4a7c15ull; }
};

std::mutex lock;
std::list<Entry> recent;  // most recent first
std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> index;

time_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return t.tv_sec;
}

template <typename Match>
void drop(Match match) {
  std::list<Entry> dropped;  // closed after the lock is gone
  std::lock_guard held(lock);
  for (auto it = recent.begin(); it != recent.end();) {
    auto next = std::next(it);
    if (match(it->key)) {
      index.erase(it->key);
      dropped.splice(dropped.end(), recent, it);
    }
    it = next;
  }
}

}  // namespace

std::shared_ptr<Fd> get(const Key& key) {
  std::lock_guard held(lock);
  auto found = index.find(key);
  if (found == index.end()) return nullptr;
  if (found->second->until && found->second->until < now()) {
    recent.erase(found->second);
    index.erase(found);
    return nullptr;
  }
  recent.splice(recent.begin(), recent, found->second);
  return found->second->fd;
}

void put(const Key& key, std::shared_ptr<Fd> fd, bool brief) {
  std::lock_guard held(lock);
  auto found = index.find(key);
  if (found != index.end()) {
    recent.erase(found->second);
    index.erase(found);
  }
  recent.push_front({key, std::move(fd), brief ? now() + 1 : 0});
  index[key] = recent.begin();
  if (recent.size() > capacity()) {
    index.erase(recent.back().key);
    recent.pop_back();
  }
}

void drop_node(uint64_t view, uint64_t node) {
  drop([&](const Key& k) { return k.view == view && k.node == node; });
}

void drop_view(uint64_t view) {
  drop([&](const Key& k) { return k.view == view; });
}

}  // namespace dir_cache
