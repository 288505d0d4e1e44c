/* A context can't be given its id, but its ring be moved: the id is where it lies. Only the kernel moves the tail, one place for each
 * request that is done: as many are made as there were, of no bytes, and then what they left is overwritten. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/async-io.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/aio_abi.h>
#include <sys/mman.h>

struct ring {
  uint32_t id, nr, head, tail, magic, compatible, incompatible, header_length;
  struct image_aio_event events[];
};
#define BATCH 64
#define EVENTS_A_PAGE (PAGE / sizeof(struct image_aio_event))

static const struct image_aio *find(const struct process *process, uint64_t start) {
  const char *at = process->rings.data, *end = at + process->rings.size;
  while ((uint64_t)(end - at) >= sizeof(struct image_aio)) {
    const struct image_aio *ring = (const void *)at;
    at += sizeof *ring;
    if (ring->count > (uint64_t)(end - at) / sizeof(struct image_aio_event)) return NULL;
    if (ring->start == start) return ring;
    at += ring->count * sizeof(struct image_aio_event);
  }
  return NULL;
}

/* The fewest requests for which the kernel makes a ring of so many pages: it doubles them, and adds two events and the head. */
static uint64_t requests_for(uint64_t size) {
  uint64_t pages = size / PAGE;
  return pages > 1 ? (pages - 1) * EVENTS_A_PAGE / 2 - 1 : 1;
}

static int set_up(const struct image_vma *vma, const struct image_aio *saved) {
  uint64_t at = 0, size = vma->end - vma->start;
  long r = sys2(SYS_io_setup, requests_for(size), &at);
  if (r < 0) return fail_at(r, "set up (see /proc/sys/fs/aio-max-nr) the ring of asynchronous I/O at", vma->start);
  uint32_t places = ((struct ring *)at)->nr;
  if (places != saved->nr) {
    regardless(sys1(SYS_io_destroy, at)); /* it ends with the process, which fails */
    return fail_at(-ENOTSUP, "make as large as it was, with this machine's number of CPUs, the ring of asynchronous I/O at", vma->start);
  }
  r = at == vma->start ? 0 : sys5(SYS_mremap, at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, vma->start);
  return is_error(r) ? fail_at(r, "move the ring of asynchronous I/O to", vma->start) : 0;
}

static int turn(struct ring *ring, int null, uint32_t places, int taken) {
  struct iocb nothing = {.aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (uint32_t)null, .aio_buf = (uint64_t)ring};
  struct iocb *requests[BATCH];
  for (int i = 0; i < BATCH; i++) requests[i] = &nothing;
  for (uint32_t done = 0; done < places;) {
    uint32_t some = places - done < BATCH ? places - done : BATCH;
    long r = sys3(SYS_io_submit, ring, some, requests);
    if (r <= 0) return fail_at(r ? r : -EAGAIN, "fill the ring of asynchronous I/O at", (uint64_t)ring);
    done += (uint32_t)r;
    if (taken) __atomic_store_n(&ring->head, ring->tail, __ATOMIC_RELEASE);
  }
  return 0;
}

static int fill(struct ring *ring, const struct image_aio *saved) {
  const struct image_aio_event *events = (const void *)(saved + 1);
  if (saved->head >= saved->nr || saved->count >= saved->nr) return fail_at(-EPROTO, "read the ring of asynchronous I/O at", saved->start);
  if (!saved->head && !saved->count) return 0;
  long null = sys_open("/dev/null", O_WRONLY | O_CLOEXEC, 0);
  if (null < 0) return fail(null, "open", "/dev/null");
  int turned = turn(ring, (int)null, saved->head, 1) < 0 ? -1 : turn(ring, (int)null, saved->count, 0);
  sys_close(null);
  for (uint32_t i = 0; turned == 0 && i < saved->count; i++) ring->events[(saved->head + i) % saved->nr] = events[i];
  return turned;
}

int ring_make(const struct process *process, const struct image_vma *vma) {
  const struct image_aio *saved = find(process, vma->start);
  if (saved && saved->nr) return set_up(vma, saved) < 0 ? -1 : fill((struct ring *)vma->start, saved);
  /* a child's, which no context of its own belongs to */
  long r = sys_map(vma->start, vma->end - vma->start, (int)vma->prot, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return is_error(r) ? fail_at(r, "map", vma->start) : 0;
}
