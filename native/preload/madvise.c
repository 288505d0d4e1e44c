/* Advice that asks for zeros, or that a private file mapping refuses, is given to anonymous memory instead. */
#include "preload/memory.h"
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#define ADVICE_GUARD_INSTALL 102 /* 6.13: what a removed guard uncovers must be zeros */

static long cure(uint64_t start, uint64_t end, int advice) {
  switch (advice) {
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
    case ADVICE_GUARD_INSTALL:
      return image_drop(start, end);
    case MADV_FREE: /* a file mapping refuses both */
      return file_overlaps(start, end) ? -EINVAL : image_drop(start, end);
    case MADV_WIPEONFORK:
      return file_overlaps(start, end) ? -EINVAL : image_keep(start, end);
    case MADV_REMOVE: /* anonymous memory refuses it with EINVAL, a private file mapping with EACCES */
      return -EINVAL;
    default:
      return 0;
  }
}

long memory_madvise(uint64_t start, uint64_t length, int advice) {
  uint64_t end = start + ((length + PAGE - 1) & ~(PAGE - 1));
  bool sound = (start & (PAGE - 1)) == 0 && end > start; /* else the kernel refuses it, or has nothing to do */
  if (UNLIKELY(inside_ready() && inside.arena->range_count > 0) && sound && image_overlaps(start, end)) {
    long result = cure(start, end, advice);
    if (result < 0) return result;
  }
  return plain_madvise(start, length, advice);
}

/* Ours for certain: the exported name may be another preload's in this process. */
int own_madvise(void *start, size_t length, int advice) {
  return (int)answer(memory_madvise((uintptr_t)start, length, advice));
}

EXPORT int madvise(void *start, size_t length, int advice) { return own_madvise(start, length, advice); }
