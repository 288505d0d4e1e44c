#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/reserves.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/text.h"

static struct arena_file planned[ARENA_FILES];
static uint32_t planned_count;

/* The application may have memory of its own there. */
static int place_is_free(const struct image_vma *vma, const struct image_vma *end) {
  for (; vma < end; vma++)
    if (vma->start < RESERVE_END && vma->end > RESERVE_BASE) return 0;
  return 1;
}

static int has_long_extent(const struct image_vma *vma, const struct image_extent *e, const struct image_extent *end) {
  for (; e < end && e->start < vma->end; e++)
    if (e->start >= vma->start && e->len >= SHORTEST_OVER_FILE) return 1;
  return 0;
}

void reserves_plan(const struct process *process) {
  const struct image_vma *vma = process->vmas.data, *end = vma + process->vmas.size / sizeof *vma;
  const struct image_extent *e = process->extents.data, *last = e + process->extents.size / sizeof *e;
  uint64_t at = RESERVE_BASE;
  planned_count = 0;
  if (!(process->image->flags & PROCESS_HAS_ARENA) || !place_is_free(vma, end)) return;
  for (; vma < end && planned_count < ARENA_FILES; vma++) {
    while (e < last && e->start < vma->start) e++;
    uint64_t size = vma->end - vma->start;
    if (vma->kind != VMA_FILE_PRIVATE || size > RESERVE_END - at - PAGE || !has_long_extent(vma, e, last)) continue;
    planned[planned_count++] = (struct arena_file){vma->start, vma->end, at};
    at += size + PAGE; /* apart, so that no two become one */
  }
}

uint64_t reserve_at(uint64_t start) {
  uint32_t low = 0, high = planned_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (planned[middle].start < start) low = middle + 1;
    else high = middle;
  }
  return low < planned_count && planned[low].start == start ? planned[low].reserve : 0;
}

void reserves_write(struct arena *arena) {
  arena->file_count = planned_count;
  memcpy(arena->files, planned, planned_count * sizeof *planned);
}
