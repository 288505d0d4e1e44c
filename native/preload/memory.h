/* Private memory of a clone is a file mapping of its image; these make the calls that tell the two apart behave as they
 * would on anonymous memory. All answer like the kernel: a value, or a negated errno. */
#ifndef PRELOAD_MEMORY_H
#define PRELOAD_MEMORY_H
#include "preload/inside.h"

struct segment { /* a mapping, as the kernel has it */
  uint64_t start, end;
  int prot;
  bool shared;
  uint64_t device, inode; /* inode 0: anonymous */
};

struct segments { /* a view of this process's mappings, held open for one call */
  long fd; /* negative: /proc can't be seen, in a chroot for one */
  bool by_query;
};
void segments_open(struct segments *view);
/* The mapping that holds `at`, else the next one above. False: there is none. */
bool segments_find(struct segments *view, uint64_t at, struct segment *found);
void segments_close(struct segments *view);

/* Without /proc: the ranges themselves, taken for image-backed writable data, which they nearly always are. */
bool image_guess(uint64_t at, struct segment *found);
bool image_overlaps(uint64_t start, uint64_t end);
bool segment_is_image(const struct segment *segment, uint64_t at);
static inline bool segment_is_file(const struct segment *segment) { return segment->inode != 0; }
/* Cuts `segment` to the image-backed part at or above *at and below end; moves *at past it. */
bool image_next(struct segments *view, uint64_t *at, uint64_t end, struct segment *part);

/* Written pages of private file mappings: given back, they show the file again. */
const struct arena_file *file_above(uint64_t at); /* the first that ends above it, or NULL */
static inline bool file_overlaps(uint64_t start, uint64_t end) {
  const struct arena_file *file = file_above(start);
  return file != NULL && file->start < end;
}
long file_show(const struct arena_file *file, uint64_t start, uint64_t end, int prot);

long image_drop(uint64_t start, uint64_t end);
long image_keep(uint64_t start, uint64_t end);
long copy_out(void *to, const struct segment *from);

long memory_madvise(uint64_t start, uint64_t length, int advice);
long memory_mremap(uint64_t old, uint64_t old_length, uint64_t length, uint64_t flags, uint64_t wanted);

int own_madvise(void *start, size_t length, int advice);

/* dispatch.c: the page of `trapped` lies where the kernel sends calls from; for that one it is told not to. */
long dispatch_trapped(long number, long a, long b, long c, long d, long e);
static inline trapped_function *plain_call(void) {
  return UNLIKELY(inside.arena != NULL && inside.arena->direct_length > 0) ? dispatch_trapped : trapped;
}
static inline long plain_madvise(uint64_t start, uint64_t length, int advice) {
  return plain_call()(SYS_madvise, (long)start, (long)length, advice, 0, 0);
}
static inline long plain_mremap(uint64_t old, uint64_t old_length, uint64_t length, uint64_t flags, uint64_t wanted) {
  return plain_call()(SYS_mremap, (long)old, (long)old_length, (long)length, (long)flags, (long)wanted);
}
#endif
