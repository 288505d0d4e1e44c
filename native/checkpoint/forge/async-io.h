/* Rings of asynchronous I/O (io_setup). */
#ifndef FORGE_ASYNC_IO_H
#define FORGE_ASYNC_IO_H
#include "checkpoint/forge/image-index.h"

/** Sets up the ring that was mapped at vma->start, with the events that were in it. 0 or -1. */
int ring_make(const struct process *process, const struct image_vma *vma);
#endif
