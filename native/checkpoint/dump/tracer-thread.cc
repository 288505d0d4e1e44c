#include "checkpoint/dump/tracer-thread.h"

#include <system_error>
#include <utility>

#include "checkpoint/dump/failure.h"

TracerThread::TracerThread() {
  try {
    thread_ = std::thread(&TracerThread::serve, this);
  } catch (const std::system_error &error) {
    refuse(error.code().value(), "make a thread: %s", error.what());
  }
}

TracerThread::~TracerThread() {
  {
    std::lock_guard held(lock_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void TracerThread::run(const std::function<void()> &work) {
  std::unique_lock held(lock_);
  work_ = &work;
  changed_.notify_all();
  changed_.wait(held, [&] { return !work_; });
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void TracerThread::serve() {
  std::unique_lock held(lock_);
  for (;;) {
    changed_.wait(held, [&] { return work_ || over_; });
    if (!work_) return;
    try {
      (*work_)();
    } catch (...) {
      thrown_ = std::current_exception();
    }
    work_ = nullptr;
    changed_.notify_all();
  }
}
