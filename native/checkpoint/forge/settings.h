/* What single calls have set of a process or a thread of the source. */
#ifndef FORGE_SETTINGS_H
#define FORGE_SETTINGS_H
#include "checkpoint/forge/image-index.h"
/** 0 where it is as usual. */
uint64_t setting_of(const struct thread *thread, uint32_t what);
/** Before there are threads. 0 or -1. */
int settings_of_process(const struct process *process);
/** Before the thread's own user and capabilities. 0 or -1. */
int settings_of_thread(const struct thread *thread);
/** What would be in the restorer's own way: when the thread has nothing left to do but wait and leave. 0 or -1. */
int settings_last(const struct process *process, const struct thread *thread);
#endif
