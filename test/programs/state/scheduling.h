/* What sched_setattr(2) takes, which glibc 2.36 does not declare. */
#pragma once
#include <stdint.h>

struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t util_min, util_max;
};
