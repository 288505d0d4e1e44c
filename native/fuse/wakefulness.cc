#include "fuse/wakefulness.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include "fuse/age.h"
#include "fuse/fd.h"
#include "fuse/log.h"

namespace wakefulness {
namespace {

// Microseconds that a processor may take to wake, as the kernel's interface has them: none at all, or whatever it takes.
constexpr int32_t none = 0, any = 2000000000;
// All idle processors look for work meanwhile, and all are woken to be told: too dear where there are many.
constexpr int most_processors = 16;

Fd device;
std::mutex lock;
int wanting;   // threads that want processors awake

std::string word_of(const char* path) {
  char text[64];
  Fd file(open(path, O_RDONLY | O_CLOEXEC));
  ssize_t size = file ? read(file.get(), text, sizeof text) : 0;
  while (size > 0 && text[size - 1] == '\n') size--;
  return std::string(text, size_t(size > 0 ? size : 0));
}

// Only there is an idle processor given back to a host, and only there was it seen to matter.
bool sleeps_slowly() {
  return word_of("/sys/devices/system/cpu/cpuidle/current_driver") == "haltpoll" &&
         word_of("/sys/module/haltpoll/parameters/guest_halt_poll_ns") == "0";
}

void tell(int32_t latency) {
  if (write(device.get(), &latency, sizeof latency) < 0) log_line("/dev/cpu_dma_latency: %m");
}

}  // namespace

void start() {
  const char* setting = getenv("APPSHOT_WAKEFUL");
  if ((setting && strcmp(setting, "0") == 0) || get_nprocs() > most_processors || !sleeps_slowly()) return;
  device = Fd(open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC));
}

void Burst::asked() {
  if (awake_ || !device) return;
  uint64_t time = precise_clock_ns(), before = last_;
  last_ = time;
  if (time - before > uint64_t(linger_ms) * 1000000) return;
  awake_ = true;
  std::lock_guard held(lock);
  if (wanting++ == 0) tell(none);
}

void Burst::rest() {
  if (!awake_) return;
  awake_ = false;
  std::lock_guard held(lock);
  if (--wanting == 0) tell(any);
}

}  // namespace wakefulness
