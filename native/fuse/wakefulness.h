// Keeps processors awake while programs ask one thing after the other.
//
// Who asks a view waits for the answer, and this server for the next request: in between a processor has nothing to do. One
// of a virtual machine is then given back to the host, and to wake it costs more than the answer itself (see docs/BENCHMARKS.md).
// While requests come one upon the other, this server tells the kernel that latency matters (PM QoS, /dev/cpu_dma_latency):
// idle processors look for work instead of sleeping. The request lasts for some milliseconds after the last one, and ends with
// the descriptor, so with a killed server's too: who takes over closes it.
#pragma once
#include <cstdint>

namespace wakefulness {

// How long after the last request more are still expected.
inline constexpr int linger_ms = 3;

// Never fails: without the right to ask, and where it would win nothing, nothing is ever asked for.
void start();

// What one thread knows of the requests that it serves.
class Burst {
 public:
  Burst() = default;
  ~Burst() { rest(); }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
  // One more request is there.
  void asked();
  // No more are expected, or what comes next waits for something else than a processor.
  void rest();
  bool awake() const { return awake_; }

 private:
  uint64_t last_ = 0;   // ns
  bool awake_ = false;
};

}  // namespace wakefulness
