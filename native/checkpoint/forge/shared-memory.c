#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/shared.h"
#include <linux/memfd.h>
#include <sys/mman.h>

int extents_copy(const struct image_extent *extents, uint32_t count, uint64_t at) {
  for (uint32_t i = 0; i < count; i++) {
    const struct image_extent *e = &extents[i];
    if (e->image >= image.page_files) return fail_number(-EPROTO, "find the pages file number", e->image);
    for (uint64_t done = 0; done < e->len;) {
      long n = sys4(SYS_pread64, image.pages[e->image], at + e->start + done, e->len - done, e->offset + done);
      if (n <= 0) return fail_at(n ? n : -EIO, "read the pages of", at + e->start + done);
      done += (uint64_t)n;
    }
  }
  return 0;
}

/* Step 406 of FIG. 9: shared memory can't be a reference to the template's, each instance has a copy. Only what was resident
 * is copied, and through the page cache of the pages file, not through a mapping of ours. */
static int fill(int fd, const struct object *object) {
  const struct image_shmem *s = object->item.data;
  const struct image_extent *e = (const void *)(s + 1);
  if (s->extent_count > (object->item.size - sizeof *s) / sizeof *e) return fail(-EPROTO, "read the extents of", object->item.name);
  for (uint32_t i = 0; i < s->extent_count; i++, e++) {
    if (e->image >= image.page_files) return fail_number(-EPROTO, "find the pages file number", e->image);
    int64_t from = (int64_t)e->offset, to = (int64_t)e->start;
    long at = sys3(SYS_lseek, fd, to, 0);
    if (at < 0) return fail_at(at, "find the place of shared memory at", e->start);
    for (uint64_t left = e->len; left;) {
      long n = sys4(SYS_sendfile, fd, image.pages[e->image], &from, left);
      if (n <= 0) return fail_at(n ? n : -EIO, "copy shared memory at", e->start);
      left -= (uint64_t)n;
    }
  }
  long r = sys3(SYS_lseek, fd, 0, 0);
  return r < 0 ? fail(r, "go back to the start of", object->item.name) : 0;
}

/* Nobody writes to huge pages but through a mapping. */
static int fill_huge(int fd, const struct object *object) {
  const struct image_shmem *s = object->item.data;
  if (s->extent_count > (object->item.size - sizeof *s) / sizeof(struct image_extent)) return fail(-EPROTO, "read the extents of", object->item.name);
  if (!s->size) return 0;
  long at = sys_map(0, s->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (is_error(at)) return fail(at, "map the huge pages (raise vm.nr_hugepages) of the shared memory", object->item.name);
  int copied = extents_copy((const void *)(s + 1), s->extent_count, (uint64_t)at);
  long r = sys_unmap((uint64_t)at, s->size);
  if (copied < 0) return -1;
  return r < 0 ? fail(r, "unmap the shared memory", object->item.name) : 0;
}

static int add_seals(const struct object *object) {
  const struct image_shmem *s = object->item.data;
  long r = sys3(SYS_fcntl, object->fd, F_ADD_SEALS, s->seals);
  return r < 0 ? fail(r, "seal the memory", object->item.name) : 0;
}

/* F_SEAL_WRITE can't be had while there is a mapping that might be made writable: the kernel makes none of sealed memory. */
static int make(struct object *object) {
  const struct image_shmem *s = object->item.data;
  unsigned flags = s->memfd_flags | MFD_CLOEXEC | (s->seals ? MFD_ALLOW_SEALING : 0);
  long fd = sys2(SYS_memfd_create, object->item.name, flags);
  if (fd < 0) return fail(fd, "make the shared memory", object->item.name);
  if ((object->fd = move_high(fd, object->item.name)) < 0) return -1;
  long r = sys2(SYS_ftruncate, object->fd, s->size);
  if (r < 0) return fail(r, "size the shared memory", object->item.name);
  if ((s->memfd_flags & MFD_HUGETLB ? fill_huge(object->fd, object) : fill(object->fd, object)) < 0) return -1;
  return s->seals & F_SEAL_WRITE ? add_seals(object) : 0;
}

/* A SysV segment's contents are a RECORD_SHMEM too, but no memfd is made of it: sysv.c attaches the segment and copies. */
static int is_segment(const struct object *object) {
  for (uint32_t i = 0; i < image.shm_count; i++) {
    const struct image_sysv_shm *shm = image.shms[i].item.data;
    if (shm->shmem == object->item.head->id) return 1;
  }
  return 0;
}

int shared_memory_make(void) {
  for (uint32_t i = 0; i < image.shmem_count; i++)
    if (!is_segment(&image.shmems[i]) && make(&image.shmems[i]) < 0) return -1;
  return 0;
}

/* F_SEAL_FUTURE_WRITE forbids further writable mappings: the others' seals come after every one of them. */
int shared_memory_seal(void) {
  for (uint32_t i = 0; i < image.shmem_count; i++) {
    const struct image_shmem *s = image.shmems[i].item.data;
    if (!s->seals || (s->seals & F_SEAL_WRITE) || image.shmems[i].fd < 0) continue;
    if (add_seals(&image.shmems[i]) < 0) return -1;
  }
  return 0;
}
