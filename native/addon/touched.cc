#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vector>

#include "addon.h"

namespace {

// Linux 6.7: PAGEMAP_SCAN.
struct Region {
  uint64_t start, end, categories;
};
struct ScanArgument {
  uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages, inverted, all_of, any_of, reported;
};
constexpr unsigned long kScan = _IOWR('f', 16, ScanArgument);
constexpr uint64_t kFile = 1 << 2, kPresent = 1 << 3;
constexpr uint64_t kEndOfMemory = 0x7ffffffff000;

// Appends start, length, 1 for pages of its own / 0 for pages of a file, for all that is in the page tables.
int scan(int fd, std::vector<double> &found) {
  std::vector<Region> regions(512);
  uint64_t at = 0;
  while (at < kEndOfMemory) {
    ScanArgument argument{};
    argument.size = sizeof argument;
    argument.start = at;
    argument.end = kEndOfMemory;
    argument.regions = reinterpret_cast<uint64_t>(regions.data());
    argument.region_count = regions.size();
    argument.all_of = kPresent;
    argument.reported = kPresent | kFile;
    int count = ioctl(fd, kScan, &argument);
    if (count < 0) return errno;
    for (int i = 0; i < count; i++) {
      const Region &r = regions[static_cast<size_t>(i)];
      found.insert(found.end(), {static_cast<double>(r.start), static_cast<double>(r.end - r.start), r.categories & kFile ? 0.0 : 1.0});
    }
    at = argument.walk_end;
  }
  return 0;
}

}  // namespace

// touchedPages(pid) -> [start, length, own, ...]: what the process has in its page tables; `own` is 1 for pages that are no file's.
Napi::Value touched_pages(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path = "/proc/" + std::to_string(info[0].As<Napi::Number>().Int32Value()) + "/pagemap";
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw system_error(env, "open " + path, errno);
  std::vector<double> found;
  int error = scan(fd, found);
  close(fd);
  if (error != 0) throw system_error(env, "scan " + path, error);
  Napi::Array result = Napi::Array::New(env, found.size());
  for (uint32_t i = 0; i < found.size(); i++) result.Set(i, Napi::Number::New(env, found[i]));
  return result;
}
