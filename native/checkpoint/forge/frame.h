/* A signal frame: the only way to set all registers of a thread, its signal mask and its extended state in one step. */
#ifndef FORGE_FRAME_H
#define FORGE_FRAME_H
#include "checkpoint/forge/image-index.h"

/** Whether the frame of a stopped process stops it; otherwise it stops before it goes there. */
static inline int frame_stops(const struct process *process) {
  return (process->image->flags & (PROCESS_STOPPED | PROCESS_HAS_ARENA)) == (PROCESS_STOPPED | PROCESS_HAS_ARENA);
}
/** Builds the frame where the thread may be written (below its stack, or on its idle signal stack), and answers what the stack
 *  pointer must be for rt_sigreturn; 0 after fail(). */
uint64_t frame_build(const struct process *process, const struct thread *thread);
#endif
