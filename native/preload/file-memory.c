/* A written page of a private file mapping is mapped from the image in a clone, and given back it must show the file, not zeros. The
 * restorer left an untouched mapping of the same part of the same file in reserve: its page is moved into place, where it is from then
 * on what the kernel itself treats rightly. Each page is moved once. */
#include "preload/memory.h"
#include <sys/mman.h>

const struct arena_file *file_above(uint64_t at) {
  const struct arena *arena = inside.arena;
  uint32_t low = 0, count = arena->file_count < ARENA_FILES ? arena->file_count : ARENA_FILES, high = count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (arena->files[middle].end > at) high = middle;
    else low = middle + 1;
  }
  return low < count ? &arena->files[low] : NULL;
}

static long move(uint64_t from, uint64_t length, uint64_t to, int prot) {
  long result = raw3(SYS_mprotect, from, length, prot);
  if (result == 0) result = plain_mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  return result < 0 && result > -4096 ? result : 0;
}

/* A hole of the reserve: that page has been moved, and is the file's already. */
static bool is_hole(long result) { return result == -ENOMEM || result == -EFAULT; }

long file_show(const struct arena_file *file, uint64_t start, uint64_t end, int prot) {
  uint64_t from = file->reserve - file->start;
  long result = move(start + from, end - start, start, prot);
  for (uint64_t at = start; is_hole(result) && at < end; at += PAGE) {
    long moved = move(at + from, PAGE, at, prot);
    if (moved < 0 && !is_hole(moved)) result = moved;
  }
  return is_hole(result) ? 0 : result;
}
