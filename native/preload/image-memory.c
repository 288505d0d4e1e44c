/* Which memory is image-backed, and how it becomes anonymous: without its contents, or with them. */
#include "preload/memory.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define FRESH (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

/* First range that ends above `at`; the restorer sorted them. */
static const struct arena_range *range_above(uint64_t at) {
  const struct arena *arena = inside.arena;
  uint32_t low = 0, high = arena->range_count < ARENA_RANGES ? arena->range_count : ARENA_RANGES;
  const struct arena_range *end = arena->ranges + high;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (arena->ranges[middle].end > at) high = middle;
    else low = middle + 1;
  }
  return arena->ranges + low < end ? arena->ranges + low : NULL;
}

bool image_overlaps(uint64_t start, uint64_t end) {
  const struct arena_range *range = range_above(start);
  return range != NULL && range->start < end;
}

bool image_guess(uint64_t at, struct segment *found) {
  const struct arena *arena = inside.arena;
  const struct arena_range *range = range_above(at);
  unsigned char resident;
  bool inner = range != NULL && range->start <= at;
  if (raw3(SYS_mincore, at & ~(PAGE - 1), PAGE, &resident) < 0) { /* nothing is mapped here */
    if (range == NULL || inner) return false;
    at = range->start;
    inner = true;
  }
  *found = (struct segment){.start = inner ? range->start : at,
                            .end = inner ? range->end : range != NULL ? range->start : UINT64_MAX,
                            .prot = PROT_READ | PROT_WRITE,
                            .device = arena->images[0].device,
                            .inode = !inner ? 0 : arena->image_count > 0 ? arena->images[0].inode : 1};
  return true;
}

static bool maps_image(const struct segment *segment) {
  const struct arena *arena = inside.arena;
  if (!segment_is_file(segment) || segment->shared) return false;
  for (uint64_t i = 0; i < arena->image_count && i < ARENA_IMAGES; i++)
    if (arena->images[i].inode == segment->inode && arena->images[i].device == segment->device) return true;
  return arena->image_count == 0;
}

bool segment_is_image(const struct segment *segment, uint64_t at) {
  return maps_image(segment) && image_overlaps(at, at + 1);
}

bool image_next(struct segments *view, uint64_t *at, uint64_t end, struct segment *part) {
  while (*at < end) {
    const struct arena_range *range = range_above(*at);
    if (range == NULL || range->start >= end) return false;
    if (*at < range->start) *at = range->start;
    if (!segments_find(view, *at, part) || part->start >= end) return false;
    if (part->start < *at) part->start = *at;
    if (part->end > end) part->end = end;
    if (part->start >= range->end) { /* a hole up to here */
      *at = range->end;
      continue;
    }
    if (part->end > range->end) part->end = range->end;
    *at = part->end;
    if (maps_image(part)) return true;
  }
  return false;
}

/* Where the mapping can't be split further (max_map_count), zeros are written: dearer, but as right. */
static long show_zeros(uint64_t start, uint64_t end, int prot) {
  void *fresh = raw_mmap((void *)start, end - start, prot, FRESH | MAP_FIXED, -1);
  if (!raw_failed(fresh)) return 0;
  if ((prot & PROT_WRITE) == 0) return (long)fresh;
  memset((void *)start, 0, end - start);
  return 0;
}

static long drop_part(const struct segment *part) {
  long result = 0;
  for (uint64_t at = part->start, end; result == 0 && at < part->end; at = end) {
    const struct arena_file *file = file_above(at);
    bool inner = file != NULL && file->start <= at;
    end = inner ? file->end : file != NULL ? file->start : part->end;
    if (end > part->end) end = part->end;
    result = inner ? file_show(file, at, end, part->prot) : show_zeros(at, end, part->prot);
  }
  return result;
}

long image_drop(uint64_t start, uint64_t end) {
  struct segments view;
  struct segment part;
  segments_open(&view);
  long result = 0;
  while (result == 0 && image_next(&view, &start, end, &part)) result = drop_part(&part);
  segments_close(&view);
  return result;
}

/* Through /proc where the program itself may not read. */
long copy_out(void *to, const struct segment *from) {
  size_t length = from->end - from->start;
  if (from->prot & PROT_READ) {
    memcpy(to, (const void *)from->start, length);
    return 0;
  }
  long fd = raw_open("/proc/thread-self/mem", O_RDONLY | O_CLOEXEC), got = 1;
  if (fd < 0) return fd;
  for (size_t done = 0; done < length && got > 0; done += (size_t)got)
    got = raw4(SYS_pread64, fd, (char *)to + done, length - done, from->start + done);
  raw_close(fd);
  return got < 0 ? got : 0;
}

static long keep_part(const struct segment *part) {
  size_t length = part->end - part->start;
  void *fresh = raw_mmap(NULL, length, PROT_READ | PROT_WRITE, FRESH, -1);
  if (raw_failed(fresh)) return (long)fresh;
  long result = copy_out(fresh, part);
  if (result == 0) result = raw3(SYS_mprotect, fresh, length, part->prot);
  if (result == 0)
    result = plain_mremap((uintptr_t)fresh, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, part->start);
  if (result < 0) raw3(SYS_munmap, fresh, length, 0);
  return result < 0 ? result : 0;
}

long image_keep(uint64_t start, uint64_t end) {
  struct segments view;
  struct segment part;
  segments_open(&view);
  long result = 0;
  while (result == 0 && image_next(&view, &start, end, &part)) result = keep_part(&part);
  segments_close(&view);
  return result;
}
