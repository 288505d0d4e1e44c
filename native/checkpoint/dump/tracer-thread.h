// A thread that traces. When it ends the kernel lets go of all that it traced, also of what PTRACE_DETACH can't be asked for because it hasn't
// stopped yet.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

class TracerThread {
 public:
  TracerThread(); // throws Failure
  ~TracerThread();
  TracerThread(const TracerThread &) = delete;
  TracerThread &operator=(const TracerThread &) = delete;
  void run(const std::function<void()> &work); // in that thread, while the caller waits; throws what the work throws

 private:
  void serve();

  std::mutex lock_;
  std::condition_variable changed_;
  const std::function<void()> *work_ = nullptr;
  std::exception_ptr thrown_;
  bool over_ = false;
  std::thread thread_;
};
