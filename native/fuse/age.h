// For how long a file has been left alone.
#pragma once
#include <ctime>

#include "fuse/syscalls.h"

// Nanoseconds since its contents or attributes last changed, by the clock that the kernel marks changes with; nobody can set that
// mark back. Negative when the clock was.
inline int64_t unchanged_for(const Stat& st) {
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return (now.tv_sec - st.stx_ctime.tv_sec) * 1'000'000'000 + now.tv_nsec - int64_t(st.stx_ctime.tv_nsec);
}

// Nanoseconds of a clock that is never set.
inline int64_t clock_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// The same, to the nanosecond; a little dearer.
inline uint64_t precise_clock_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}
