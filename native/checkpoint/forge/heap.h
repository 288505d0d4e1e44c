/* Memory that is only ever taken, never given back: an order is short, and its process's heap ends with it. */
#ifndef FORGE_HEAP_H
#define FORGE_HEAP_H
#include <stddef.h>
/** Maps the (empty) heap. 0 or the kernel's answer. */
long heap_open(void);
/** Zeroed, aligned to 16; NULL when the heap is used up. */
void *heap_take(size_t size);
#endif
