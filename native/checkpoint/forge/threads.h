#ifndef FORGE_THREADS_H
#define FORGE_THREADS_H
#include "checkpoint/forge/image-index.h"

/** Creates all but the first thread, each with its old id. 0 or -1. */
int threads_create(struct process *process);
/** Once all exist: the locks that they hold are held by the ids that they have now. */
int threads_own_locks(const struct process *process);
/** The rest of a thread's way: its own state, the synchronized wait, and into the application. */
_Noreturn void thread_restore(struct process *process, struct thread *thread);
#endif
