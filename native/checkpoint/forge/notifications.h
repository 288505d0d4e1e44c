/* Who is told of the next message in an empty POSIX message queue: the process itself has to ask, with the descriptors that stay open, for
 * closing one takes it back. */
#ifndef FORGE_NOTIFICATIONS_H
#define FORGE_NOTIFICATIONS_H
#include "checkpoint/forge/image-index.h"

/** 0 or -1. */
int notifications_ask(const struct process *process);
#endif
