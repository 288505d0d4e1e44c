#include "checkpoint/forge/cpu.h"

/* Tile data (AMX) is given on request only, and is no part of an ordinary frame. */
#define DYNAMIC_COMPONENTS (1ull << 18)
#define LEGACY_SIZE 576u /* FXSAVE area and XSAVE header */

struct registers { uint32_t a, b, c, d; };
static struct registers cpuid(uint32_t leaf, uint32_t sub) {
  struct registers r;
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
  return r;
}
static uint64_t xgetbv(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}
static uint64_t pair(uint32_t low, uint32_t high) { return (uint64_t)high << 32 | low; }

void cpu_read(struct cpu *cpu) {
  static struct cpu known;
  if (known.features[3]) {
    *cpu = known;
    return;
  }
  struct registers basic = cpuid(1, 0), extended = cpuid(7, 0), more = cpuid(7, 1), state = cpuid(0xd, 0);
  cpu->xcr0 = xgetbv();
  cpu->features[0] = pair(basic.c, basic.d);
  cpu->features[1] = pair(extended.b, extended.c);
  cpu->features[2] = pair(extended.d, more.a);
  cpu->features[3] = state.b;
  known = *cpu;
}

uint32_t cpu_frame_state_size(void) {
  static uint32_t known;
  if (known) return known;
  struct cpu cpu;
  cpu_read(&cpu);
  uint64_t components = cpu.xcr0 & ~DYNAMIC_COMPONENTS;
  uint32_t size = LEGACY_SIZE;
  for (uint32_t i = 2; i < 63; i++) {
    if (!(components >> i & 1)) continue;
    struct registers r = cpuid(0xd, i);
    if (r.b + r.a > size) size = r.b + r.a;
  }
  return known = size;
}
