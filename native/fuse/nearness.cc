// A program that asks for one thing after the other waits for each answer. When this thread runs on another processor,
// each request and each answer wakes a sleeping processor by an interrupt, which in a virtual machine costs more than
// all else: 5000 files created in 1.5 s so, and in 0.2 s where both take turns on one processor. So a thread goes
// to the processor of who asks it again and again, and is bound to it until the asker pauses.
#include "fuse/nearness.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "fuse/fd.h"

namespace {

// The 39th field of its stat file; -1 when the asker is gone.
int processor_of(pid_t thread) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", thread, thread);
  Fd file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return -1;
  ssize_t size = read(file.get(), text, sizeof text - 1);
  if (size <= 0) return -1;
  text[size] = 0;
  const char* at = strrchr(text, ')');   // the name before it may hold anything
  for (int field = 2; at && field < 39; field++) at = strchr(at + 1, ' ');
  int processor;
  return at && sscanf(at, " %d", &processor) == 1 ? processor : -1;
}

}  // namespace

void Nearness::served(pid_t asker) {
  if (asker == 0) return;   // a release or a forget: nobody waits
  if (asker != asker_) {
    rest();
    asker_ = asker;
    return;
  }
  if (++in_a_row_ < next_) return;
  in_a_row_ = 0;
  follow();
}

// Where processors share a cache, the scheduler prefers an idle one for who is woken, and nothing is won: what doesn't
// last is tried seldom.
void Nearness::follow() {
  int processor = processor_of(asker_);
  if (processor < 0) return;
  misses_ = processor == sched_getcpu() ? 0 : misses_ + 1;
  next_ = misses_ == 0 ? steady : misses_ < most_misses ? often : seldom;
  if (misses_ || !bound_) bind(processor);
}

void Nearness::bind(int processor) {
  if (!bound_ && sched_getaffinity(0, sizeof allowed_, &allowed_) < 0) return;
  if (processor >= CPU_SETSIZE || !CPU_ISSET(processor, &allowed_)) return;
  cpu_set_t there;
  CPU_ZERO(&there);
  CPU_SET(processor, &there);
  bound_ = sched_setaffinity(0, sizeof there, &there) == 0 || bound_;
}

void Nearness::rest() {
  asker_ = 0;
  in_a_row_ = 0;
  if (bound_ && sched_setaffinity(0, sizeof allowed_, &allowed_) == 0) bound_ = false;
}
