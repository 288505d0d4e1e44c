/* A signal frame: the only way to set all registers of a thread, its signal mask and its extended state in one step. */
#ifndef FORGE_FRAME_H
#define FORGE_FRAME_H
#include "checkpoint/forge/image-index.h"

/** Builds the frame where the thread may be written (below its stack, or on its idle signal stack), and answers what the stack
 *  pointer must be for rt_sigreturn; 0 after fail(). */
uint64_t frame_build(const struct process *process, const struct thread *thread);
#endif
