#include "checkpoint/dump/in-parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

static constexpr size_t most_threads = 4;

void in_parallel(size_t count, const std::function<void(size_t)> &work) {
  std::atomic<size_t> next{0};
  std::exception_ptr failed;
  std::mutex mutex;
  auto run = [&] {
    try {
      for (size_t i; (i = next++) < count;) work(i);
    } catch (...) {
      std::lock_guard guard(mutex);
      if (!failed) failed = std::current_exception();
      next = count;
    }
  };
  std::vector<std::thread> others;
  size_t threads = std::min({most_threads, static_cast<size_t>(std::thread::hardware_concurrency()), count});
  try {
    for (size_t i = 1; i < threads; i++) others.emplace_back(run);
  } catch (const std::system_error &) {
    // The machine has no thread left: those that are there do the work.
  }
  run();
  for (std::thread &other : others) other.join();
  if (failed) std::rethrow_exception(failed);
}
