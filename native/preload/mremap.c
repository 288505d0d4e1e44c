/* mremap where the image is in the way: growing a file mapping would show the image's next bytes, or end in SIGBUS, and a range
 * that was one mapping before the clone may be several since parts of it became anonymous. */
#include "preload/memory.h"
#include <stdarg.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define FRESH (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

struct move {
  uint64_t old, old_length, length, flags, wanted;
  int prot;
};

/* What the kernel refuses before it looks at any mapping, it is left to refuse. */
static bool sound(const struct move *m) {
  bool fixed = (m->flags & MREMAP_FIXED) != 0, left = (m->flags & MREMAP_DONTUNMAP) != 0;
  if ((m->flags & ~7ul) != 0 || (m->old & (PAGE - 1)) != 0 || m->old_length == 0 || m->length == 0) return false;
  if (m->old + m->old_length < m->old || m->length >= 1ul << 47) return false;
  if ((fixed || left) && (m->flags & MREMAP_MAYMOVE) == 0) return false;
  if (left && m->old_length != m->length) return false;
  if (!fixed) return true;
  return (m->wanted & (PAGE - 1)) == 0 && (m->wanted + m->length <= m->old || m->old + m->old_length <= m->wanted);
}

/* One mapping before the clone: no hole, all private, one protection, nothing but image and anonymous memory. */
static bool was_one(struct segments *view, struct move *m, bool *image, int *count) {
  struct segment segment;
  uint64_t at = m->old, end = m->old + m->old_length;
  for (*count = 0, *image = false; at < end; at = segment.end, ++*count) {
    if (!segments_find(view, at, &segment) || segment.start > at || segment.shared) return false;
    if (segment_is_file(&segment) && !segment_is_image(&segment, at)) return false;
    if (segment_is_file(&segment)) *image = true;
    if (*count > 0 && segment.prot != m->prot) return false;
    m->prot = segment.prot;
  }
  return true;
}

/* What is image is copied; what is anonymous already is moved page by page by the kernel. */
static long carry(struct segments *view, const struct move *m, uint64_t to, uint64_t length) {
  struct segment part;
  for (uint64_t at = m->old, end = m->old + length; at < end; at = part.end) {
    if (!segments_find(view, at, &part) || part.start > at) return -EFAULT;
    part.start = at;
    if (part.end > end) part.end = end;
    uint64_t size = part.end - at, target = to + (at - m->old);
    long result = segment_is_file(&part) ? -EFAULT : plain_mremap(at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    if (result < 0 && result > -4096) result = copy_out((void *)target, &part);
    if (result < 0 && result > -4096) return result;
  }
  return 0;
}

static long move_away(struct segments *view, const struct move *m) {
  bool fixed = (m->flags & MREMAP_FIXED) != 0;
  void *fresh = raw_mmap(fixed ? (void *)m->wanted : NULL, m->length, PROT_READ | PROT_WRITE, FRESH | (fixed ? MAP_FIXED : 0), -1);
  if (raw_failed(fresh)) return (long)fresh;
  uint64_t kept = m->old_length < m->length ? m->old_length : m->length;
  long result = carry(view, m, (uintptr_t)fresh, kept);
  if (result < 0) {
    raw3(SYS_munmap, fresh, m->length, 0);
    return result;
  }
  if (m->prot != (PROT_READ | PROT_WRITE)) raw3(SYS_mprotect, fresh, m->length, m->prot);
  if (m->flags & MREMAP_DONTUNMAP) raw_mmap((void *)m->old, m->old_length, m->prot, FRESH | MAP_FIXED, -1);
  else raw3(SYS_munmap, m->old, m->old_length, 0);
  return (long)fresh;
}

/* Anonymous memory right behind costs nothing, when the place is free. */
static bool grow_in_place(const struct move *m) {
  uint64_t at = m->old + m->old_length;
  void *more = raw_mmap((void *)at, m->length - m->old_length, m->prot, FRESH | MAP_FIXED_NOREPLACE, -1);
  if (raw_failed(more)) return false;
  if ((uint64_t)more == at) return true;
  raw3(SYS_munmap, more, m->length - m->old_length, 0);
  return false;
}

static long cured(struct segments *view, struct move *m) {
  bool image, moves = (m->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
  int count;
  if (!was_one(view, m, &image, &count) || (!image && count == 1) || (!moves && m->length < m->old_length))
    return plain_mremap(m->old, m->old_length, m->length, m->flags, m->wanted);
  if (!moves && m->length == m->old_length) return (long)m->old;
  if (!moves && grow_in_place(m)) return (long)m->old;
  if ((m->flags & MREMAP_MAYMOVE) == 0) return -ENOMEM;
  return move_away(view, m);
}

long memory_mremap(uint64_t old, uint64_t old_length, uint64_t length, uint64_t flags, uint64_t wanted) {
  struct move m = {old, (old_length + PAGE - 1) & ~(PAGE - 1), (length + PAGE - 1) & ~(PAGE - 1), flags, wanted, 0};
  struct segments view;
  if (LIKELY(!inside_ready() || inside.arena->range_count == 0) || !sound(&m) || !image_overlaps(old, old + m.old_length))
    return plain_mremap(old, old_length, length, flags, wanted);
  segments_open(&view);
  long result = cured(&view, &m);
  segments_close(&view);
  return result;
}

EXPORT void *mremap(void *old, size_t old_length, size_t length, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  uintptr_t wanted = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 ? va_arg(rest, uintptr_t) : 0;
  va_end(rest);
  return (void *)answer(memory_mremap((uintptr_t)old, old_length, length, (uint64_t)flags, wanted));
}
