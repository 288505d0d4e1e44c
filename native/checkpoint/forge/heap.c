#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/layout.h"
#include <sys/mman.h>

static uint64_t heap_next;

long heap_open(void) {
  heap_next = HEAP_AT;
  long at = sys_map(HEAP_AT, HEAP_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  return is_error(at) ? at : 0;
}

void *heap_take(size_t size) {
  size = (size + 15) & ~15ull;
  if (size > HEAP_AT + HEAP_SIZE - heap_next) return NULL;
  void *at = (void *)heap_next;
  heap_next += size;
  return at;
}
