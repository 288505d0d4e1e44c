// A view's copies made ahead of a seal: begun, gone on with, and dropped.
#include "fuse/failure.h"
#include "fuse/view.h"

namespace {

constexpr auto longest_kept = std::chrono::seconds(60);

}  // namespace

View::PreCopied View::pre_copy(bool paused) {
  if (!writable_) fail(EROFS, "copy ahead in", aid);
  std::lock_guard copying(pre_copy_lock_);
  if (std::exchange(pre_copy_spent_, false)) pre_copy_.reset();
  try {
    if (!pre_copy_) {
      paused = false;
      pre_copy_ = std::make_unique<PreCopy>(*this);
    }
    uint64_t before = pre_copy_->bytes();
    bool pause = pre_copy_->wants_pause() && !paused;
    if (pause) pre_copy_->ask_times();
    else pre_copy_->advance();
    pre_copy_used_ = std::chrono::steady_clock::now();
    return {pre_copy_->bytes() - before, pre_copy_->files(), pre_copy_->way(), pause};
  } catch (...) {
    pre_copy_.reset();
    throw;
  }
}

void View::drop_pre_copies() {
  std::lock_guard copying(pre_copy_lock_);
  pre_copy_.reset();
}

void View::drop_old_pre_copies() {
  std::unique_lock copying(pre_copy_lock_, std::try_to_lock);
  if (copying && pre_copy_ && std::chrono::steady_clock::now() - pre_copy_used_ > longest_kept) pre_copy_.reset();
}
