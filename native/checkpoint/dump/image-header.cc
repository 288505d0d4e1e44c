#include "checkpoint/dump/image-header.h"

#include <cpuid.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "checkpoint/dump/failure.h"

static uint64_t nanoseconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

static uint64_t enabled_components() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

static uint64_t two(uint32_t low, uint32_t high) { return static_cast<uint64_t>(high) << 32 | low; }

static void read_cpu(image_header &out) {
  uint32_t a = 0, b = 0, c = 0, d = 0, high_a = 0, unused;
  __get_cpuid(0, &a, &b, &c, &d);
  memcpy(out.cpu_vendor, &b, 4);
  memcpy(out.cpu_vendor + 4, &d, 4);
  memcpy(out.cpu_vendor + 8, &c, 4);
  constexpr uint32_t osxsave = 1u << 27;
  __get_cpuid(1, &a, &b, &c, &d);
  out.cpu_features[0] = two(c, d);
  if (c & osxsave) out.xcr0 = enabled_components();
  __get_cpuid_count(7, 1, &high_a, &unused, &unused, &unused);
  __get_cpuid_count(7, 0, &a, &b, &c, &d);
  out.cpu_features[1] = two(b, c);
  out.cpu_features[2] = two(d, high_a);
  __get_cpuid_count(0xd, 0, &a, &b, &c, &d);
  out.cpu_features[3] = b;
}

image_header new_header() {
  image_header out{};
  memcpy(out.magic, IMAGE_MAGIC, sizeof out.magic);
  out.version = IMAGE_VERSION;
  out.header_size = sizeof out;
  out.page_size = 4096;
  utsname names{};
  if (uname(&names) != 0) fail_call("ask for the kernel's release"); // without it no machine would fit
  memcpy(out.kernel_release, names.release, std::min(strlen(names.release), sizeof out.kernel_release - 1));
  read_cpu(out);
  out.created_ns = nanoseconds(CLOCK_REALTIME);
  out.monotonic_ns = nanoseconds(CLOCK_MONOTONIC);
  return out;
}
