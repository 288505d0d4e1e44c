// Serving where the asker runs. See nearness.cc.
#pragma once
#include <cstdint>
#include <sched.h>
#include <sys/types.h>

class Nearness {
 public:
  // Called for each request that a thread takes: `asker` is the thread that sent it.
  void served(pid_t asker);
  // Called before it waits for whatever comes next.
  void rest();
  bool bound() const { return bound_; }

 private:
  static constexpr uint32_t often = 16, steady = 100, seldom = 2048, most_misses = 8;
  void follow();
  void bind(int processor);

  pid_t asker_ = 0;
  uint32_t in_a_row_ = 0, misses_ = 0, next_ = often;
  bool bound_ = false;
  cpu_set_t allowed_;   // before it was bound
};
