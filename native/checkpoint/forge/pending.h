#ifndef FORGE_PENDING_H
#define FORGE_PENDING_H
#include "checkpoint/forge/image-index.h"
/** Takes away the signals that the restore itself has caused, and queues those that were pending. 0 or -1. */
int pending_queue(const struct process *process, const struct thread *thread);
#endif
