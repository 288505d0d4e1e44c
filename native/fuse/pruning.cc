#include "fuse/pruning.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "fuse/log.h"
#include "fuse/notify.h"
#include "fuse/registry.h"

namespace pruning {
namespace {

constexpr uint64_t node_bytes = 512;         // about what one costs, with its records
constexpr uint64_t least = 256 << 10;        // more than the files of a large source tree
constexpr size_t looks = 16384, batch = 4096;
constexpr auto rest = std::chrono::milliseconds(20);   // for the kernel's forgets to come back
std::atomic<bool> under_way{false};
bool offered = true;

// A 64th of the machine's memory.
uint64_t limit() {
  static const uint64_t nodes = [] {
    if (const char* setting = getenv("APPSHOT_MOST_NODES")) return uint64_t(strtoull(setting, nullptr, 10));
    uint64_t memory = uint64_t(sysconf(_SC_PHYS_PAGES)) * uint64_t(sysconf(_SC_PAGESIZE));
    return std::max(least, memory / 64 / node_bytes);
  }();
  return nodes;
}

// One step of the hand of one view's clock.
void step(View& view) {
  std::vector<uint64_t> unused;
  view.nodes.unused(looks, unused);
  for (size_t at = 0; offered && at < unused.size() && !view.gone; at += batch) {
    std::span<const uint64_t> some(unused.begin() + at, std::min(batch, unused.size() - at));
    if (!notify_unused(view.device(), some)) {
      offered = false;
      log_line("this kernel can't be told to forget files (6.18 can): memory for them goes when it forgets them by itself");
    }
  }
}

// Until there are few enough, or all have been looked at twice: the rest is in use.
void prune() {
  uint64_t enough = limit() - limit() / 8;
  uint64_t looked = 0, to_look = 2 * NodeTable::living() + 2 * looks;
  while (offered && NodeTable::living() > enough && looked < to_look) {
    for (auto& view : registry::all()) {
      if (NodeTable::living() <= enough) break;
      looked += std::min(looks, view->nodes.places());
      step(*view);
    }
    std::this_thread::sleep_for(rest);
  }
}

}  // namespace

void look() {
  if (!offered || NodeTable::living() <= limit() || under_way.exchange(true)) return;
  try {
    std::thread([] {
      prune();
      under_way = false;
    }).detach();
  } catch (const std::system_error& error) {
    under_way = false;
    log_line("new thread: %s", error.what());
  }
}

}  // namespace pruning
