#ifndef FORGE_CPU_H
#define FORGE_CPU_H
#include <stdint.h>

struct cpu {
  uint64_t xcr0;
  uint64_t features[4]; /* as struct image_header has them */
};
void cpu_read(struct cpu *cpu);
/** Bytes of XSAVE state (standard format) that a signal frame has for a process that never asked for AMX. */
uint32_t cpu_frame_state_size(void);
#endif
