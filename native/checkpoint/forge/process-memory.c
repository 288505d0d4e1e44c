#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/process-memory.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/async-io.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/reserves.h"
#include "checkpoint/forge/restore-files.h"
#include "checkpoint/forge/self.h"
#include "checkpoint/forge/shared.h"
#include <sys/mman.h>
#include <sys/shm.h>

#define SYS_MSEAL 462
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8u
#endif
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

uint64_t shortest_mapped;

#define HUGE_SIZE (0x3fu << 26) /* MAP_HUGE_MASK */
#define KEPT_FLAGS ((uint32_t)(MAP_GROWSDOWN | MAP_NORESERVE | MAP_HUGETLB | MAP_LOCKED) | HUGE_SIZE)

static int has_arena(const struct process *process) { return process->image->flags & PROCESS_HAS_ARENA; }

/* Growing stacks, huge pages and wipe-on-fork memory must be what they were; and in a process without the library nobody
 * cures madvise. */
static int is_copied(const struct process *process, const struct image_vma *vma) {
  if (vma->map_flags & (MAP_GROWSDOWN | MAP_HUGETLB)) return 1;
  if (vma->advice & (VMA_ADVICE_WIPEONFORK | VMA_ADVICE_DROPPABLE)) return 1;
  return !has_arena(process);
}

int extent_is_mapped(const struct process *process, const struct image_vma *vma, const struct image_extent *e) {
  if (vma->kind == VMA_FILE_PRIVATE && (e->len < SHORTEST_OVER_FILE || !reserve_at(vma->start))) return 0;
  return !is_copied(process, vma) && !(e->flags & EXTENT_COPY) && e->len >= shortest_mapped;
}

static int map(uint64_t start, uint64_t end, uint32_t prot, uint32_t flags, long fd, uint64_t offset) {
  long r = sys_map(start, end - start, (int)prot, (int)(MAP_FIXED | flags), fd, offset);
  return is_error(r) ? fail_at(r, flags & MAP_HUGETLB ? "map huge pages (raise vm.nr_hugepages) at" : "map", start) : 0;
}

static int private_file(const struct image_vma *vma) {
  const struct description *d = description_by_id(vma->file_id);
  return d->direct >= 0 ? d->direct : d->fd;
}

/* What lies under the saved pages: zeros or the mapped file. */
static int map_base(const struct image_vma *vma, uint64_t start, uint64_t end, uint32_t prot) {
  uint32_t flags = (vma->advice & VMA_ADVICE_DROPPABLE ? MAP_DROPPABLE : MAP_PRIVATE) | (vma->map_flags & KEPT_FLAGS);
  if (vma->kind == VMA_FILE_PRIVATE) return map(start, end, prot, flags, private_file(vma), vma->file_offset + (start - vma->start));
  return map(start, end, prot, flags | MAP_ANONYMOUS, -1, 0);
}

/* What a written page shows again when it is given back: see preload/file-memory.c. */
static int map_reserve(const struct image_vma *vma) {
  uint64_t at = reserve_at(vma->start);
  return at ? map(at, at + (vma->end - vma->start), PROT_NONE, MAP_PRIVATE | MAP_NORESERVE, private_file(vma), vma->file_offset) : 0;
}

struct extents { const struct image_extent *next, *end; };

/* FIG. 9, step 410: a reference to the template's page stays until the instance writes it. */
static int map_extent(const struct image_vma *vma, const struct image_extent *e) {
  if (e->image >= image.page_files) return fail_number(-EPROTO, "find the pages file number", e->image);
  uint32_t flags = MAP_PRIVATE | (vma->map_flags & (MAP_NORESERVE | MAP_LOCKED));
  return map(e->start, e->start + e->len, vma->prot, flags, image.pages[e->image], e->offset);
}

static int copy_extents(const struct process *process, const struct image_vma *vma, struct extents mine) {
  int copied = 0;
  for (const struct image_extent *e = mine.next; e < mine.end; e++) {
    if (extent_is_mapped(process, vma, e)) continue;
    long r = !copied++ && !(vma->prot & PROT_WRITE) ? sys3(SYS_mprotect, vma->start, vma->end - vma->start, vma->prot | PROT_WRITE) : 0;
    if (r < 0) return fail_at(r, "make writable for a moment", vma->start);
    if (extents_copy(e, 1, 0) < 0) return -1;
  }
  if (!copied || (vma->prot & PROT_WRITE)) return 0;
  long r = sys3(SYS_mprotect, vma->start, vma->end - vma->start, vma->prot);
  return r < 0 ? fail_at(r, "protect", vma->start) : 0;
}

static int map_private(const struct process *process, const struct image_vma *vma, struct extents mine) {
  uint64_t at = vma->start;
  int copies = 0;
  for (const struct image_extent *e = mine.next; e < mine.end; e++) {
    if (e->start < at || e->len > vma->end - e->start) return fail_at(-EPROTO, "place the saved pages of", e->start);
    if (!extent_is_mapped(process, vma, e)) {
      copies = 1;
      continue;
    }
    if (e->start > at && map_base(vma, at, e->start, vma->prot) < 0) return -1;
    if (map_extent(vma, e) < 0) return -1;
    at = e->start + e->len;
  }
  if (at < vma->end && map_base(vma, at, vma->end, vma->prot) < 0) return -1;
  if (vma->kind == VMA_FILE_PRIVATE && map_reserve(vma) < 0) return -1;
  return copies ? copy_extents(process, vma, mine) : 0;
}

static int attach_segment(const struct image_vma *vma) {
  struct object *object = object_by_id(image.shms, image.shm_count, vma->file_id);
  if (!object) return fail_at(-EPROTO, "find the shared memory segment at", vma->start);
  int flags = SHM_REMAP | (vma->prot & PROT_WRITE ? 0 : SHM_RDONLY) | (vma->prot & PROT_EXEC ? SHM_EXEC : 0);
  long r = sys3(SYS_shmat, object->system_id, vma->start, flags);
  return is_error(r) ? fail_at(r, "attach the shared memory segment at", vma->start) : 0;
}

static int map_shmem(const struct image_vma *vma) {
  struct object *object = object_by_id(image.shmems, image.shmem_count, vma->file_id);
  if (!object || object->fd < 0) return fail_at(-EPROTO, "find the shared memory at", vma->start);
  return map(vma->start, vma->end, vma->prot, MAP_SHARED | (vma->map_flags & MAP_NORESERVE), object->fd, vma->file_offset);
}

static int map_vma(const struct process *process, const struct image_vma *vma, struct extents mine) {
  switch (vma->kind) {
    case VMA_ANON:
    case VMA_FILE_PRIVATE: return map_private(process, vma, mine);
    case VMA_FILE_SHARED:
      return map(vma->start, vma->end, vma->prot, MAP_SHARED, description_by_id(vma->file_id)->fd, vma->file_offset);
    case VMA_SHMEM: return map_shmem(vma);
    case VMA_SYSV_SHM: return attach_segment(vma);
    case VMA_VDSO: return 0;
    case VMA_AIO: return ring_make(process, vma);
    case VMA_ARENA_TABLE: return map(vma->start, vma->end, vma->prot, MAP_SHARED, restore_files.table, vma->file_offset);
    default: return fail_at(-ENOTSUP, "map memory of an unknown kind at", vma->start);
  }
}

/* What a child or a core file is not to get; the rest is a wish: a kernel without huge pages or page merging refuses it, and nothing is lost. */
static int advise(const struct image_vma *vma) {
  enum { demands = 3 };
  static const struct { uint32_t bit; int advice; } wishes[] = {
      {VMA_ADVICE_DONTFORK, MADV_DONTFORK}, {VMA_ADVICE_WIPEONFORK, MADV_WIPEONFORK}, {VMA_ADVICE_DONTDUMP, MADV_DONTDUMP},
      {VMA_ADVICE_HUGEPAGE, MADV_HUGEPAGE}, {VMA_ADVICE_NOHUGEPAGE, MADV_NOHUGEPAGE}, {VMA_ADVICE_MERGEABLE, MADV_MERGEABLE},
      {VMA_ADVICE_RANDOM, MADV_RANDOM}, {VMA_ADVICE_SEQUENTIAL, MADV_SEQUENTIAL}};
  for (unsigned i = 0; i < sizeof wishes / sizeof *wishes; i++) {
    long r = vma->advice & wishes[i].bit ? sys3(SYS_madvise, vma->start, vma->end - vma->start, wishes[i].advice) : 0;
    if (r < 0 && r != -ENOMEM && i < demands) return fail_at(r, "keep from others the memory at", vma->start); /* ENOMEM: done, where it is mapped already */
  }
  return 0;
}

static int lock_on_fault(const struct image_vma *vma) {
  long r = vma->advice & VMA_ADVICE_LOCKED_ON_FAULT ? sys3(SYS_mlock2, vma->start, vma->end - vma->start, MLOCK_ONFAULT) : 0;
  return r < 0 ? fail_at(r, "lock what is touched of the memory at", vma->start) : 0;
}

static int choose_nodes(const struct process *process) {
  const struct image_policy *p = process->policies.data, *end = p + process->policies.size / sizeof *p;
  for (; p < end; p++) {
    long r = sys6(SYS_mbind, p->start, p->end - p->start, p->mode, p->nodes ? (long)&p->nodes : 0, p->nodes ? 65 : 0, 0);
    if (r < 0) return fail_at(r, "choose the nodes of the memory at", p->start);
  }
  return 0;
}

static int unpark(const struct special *parked, uint64_t to, uint64_t size) {
  if (!to) return 0;
  if (parked->size != size) return fail_at(-ENOEXEC, "put back the kernel's own mapping at", to);
  long r = sys5(SYS_mremap, parked->start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  return is_error(r) ? fail_at(r, "put back the kernel's own mapping at", to) : 0;
}

/* Once all stands where it belongs. A kernel that doesn't know the call could not have run the source. */
static int seal(const struct process *process) {
  const struct image_vma *vma = process->vmas.data, *end = vma + process->vmas.size / sizeof *vma;
  for (; vma < end; vma++) {
    long r = vma->advice & VMA_ADVICE_SEALED ? sys3(SYS_MSEAL, vma->start, vma->end - vma->start, 0) : 0;
    if (r < 0) return fail_at(r, "seal the memory at", vma->start);
  }
  return 0;
}

int process_memory(const struct process *process) {
  const struct image_vma *vma = process->vmas.data, *end = vma + process->vmas.size / sizeof *vma;
  const struct image_extent *e = process->extents.data, *last = e + process->extents.size / sizeof *e;
  ranges_plan(process);
  for (; vma < end; vma++) {
    if (vma->start < RESTORER_END && vma->end > RESTORER_BASE) return fail_at(-EADDRINUSE, "map over the restorer", vma->start);
    struct extents mine = {e, e};
    while (mine.end < last && mine.end->start < vma->end) mine.end++;
    if (map_vma(process, vma, mine) < 0) return -1;
    if ((vma->advice && advise(vma) < 0) || lock_on_fault(vma) < 0) return -1;
    e = mine.end;
  }
  const struct image_process *p = process->image;
  if (unpark(&own_memory.vvar, p->vvar_start, p->vvar_size) < 0) return -1;
  if (unpark(&own_memory.vvar_vclock, p->vvar_vclock_start, p->vvar_vclock_size) < 0) return -1;
  if (unpark(&own_memory.vdso, p->vdso_start, p->vdso_size) < 0) return -1;
  long r = p->flags & PROCESS_LOCKS_FUTURE ? sys1(SYS_mlockall, MCL_FUTURE | (p->flags & PROCESS_LOCKS_ON_FAULT ? MCL_ONFAULT : 0)) : 0;
  if (r < 0 && r != -EPERM) return fail_number(r, "lock what is mapped later by process", p->pid); /* a right that it may have given up */
  return choose_nodes(process) < 0 ? -1 : seal(process);
}
