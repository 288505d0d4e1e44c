/* Looks into /proc/thread-self/maps (the thread's own: a leader that has ended shows none). Kernel 6.11 answers one
 * address by ioctl; before it the text is read from its start, a line at a time, for every question. */
#include "preload/memory.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

struct procmap_query { /* include/uapi/linux/fs.h since 6.11 */
  uint64_t size, flags, address, start, end, vma_flags, page_size, offset, inode;
  uint32_t major, minor, name_size, build_id_size;
  uint64_t name, build_id;
};
#define QUERY _IOWR('f', 17, struct procmap_query)
#define QUERY_OR_NEXT 0x10u
#define VMA_SHARED 8u

void segments_open(struct segments *view) {
  view->by_query = true;
  view->fd = raw_open("/proc/thread-self/maps", O_RDONLY | O_CLOEXEC);
}

void segments_close(struct segments *view) {
  if (view->fd >= 0) raw_close(view->fd);
}

static long find_by_query(long fd, uint64_t at, struct segment *found) {
  struct procmap_query query = {.size = sizeof query, .flags = QUERY_OR_NEXT, .address = at};
  long result = raw3(SYS_ioctl, fd, QUERY, &query);
  if (result < 0) return result;
  *found = (struct segment){.start = query.start,
                            .end = query.end,
                            .prot = (int)(query.vma_flags & 7),
                            .shared = (query.vma_flags & VMA_SHARED) != 0,
                            .device = (uint64_t)query.major << 32 | query.minor,
                            .inode = query.inode};
  return 0;
}

struct reader { long fd; int length, next; char bytes[512]; };

static int next_byte(struct reader *in) {
  if (in->next == in->length) {
    long got = raw3(SYS_read, in->fd, in->bytes, sizeof in->bytes);
    if (got <= 0) return -1;
    in->length = (int)got;
    in->next = 0;
  }
  return (unsigned char)in->bytes[in->next++];
}

/* Returns the byte that ended the number. */
static int next_number(struct reader *in, unsigned base, uint64_t *number) {
  *number = 0;
  for (;;) {
    int byte = next_byte(in);
    unsigned digit = byte >= '0' && byte <= '9' ? (unsigned)byte - '0' : byte >= 'a' && byte <= 'f' ? (unsigned)byte - 'a' + 10 : 16;
    if (digit >= base) return byte;
    *number = *number * base + digit;
  }
}

/* start-end rwxp offset major:minor inode name */
static bool next_line(struct reader *in, struct segment *line) {
  uint64_t offset, major, minor;
  if (next_number(in, 16, &line->start) != '-') return false;
  next_number(in, 16, &line->end);
  line->prot = next_byte(in) == 'r' ? PROT_READ : 0;
  line->prot |= next_byte(in) == 'w' ? PROT_WRITE : 0;
  line->prot |= next_byte(in) == 'x' ? PROT_EXEC : 0;
  line->shared = next_byte(in) == 's';
  next_byte(in);
  next_number(in, 16, &offset);
  next_number(in, 16, &major);
  next_number(in, 16, &minor);
  line->device = major << 32 | minor;
  int byte = next_number(in, 10, &line->inode);
  while (byte != '\n' && byte >= 0) byte = next_byte(in);
  return byte == '\n';
}

static bool find_by_text(long fd, uint64_t at, struct segment *found) {
  struct reader in = {.fd = fd, .length = 0, .next = 0};
  raw3(SYS_lseek, fd, 0, 0);
  while (next_line(&in, found))
    if (found->end > at) return true;
  return false;
}

bool segments_find(struct segments *view, uint64_t at, struct segment *found) {
  if (view->fd < 0) return image_guess(at, found);
  if (view->by_query) {
    long result = find_by_query(view->fd, at, found);
    if (result == 0) return true;
    if (result == -ENOENT) return false;
    view->by_query = false;
  }
  return find_by_text(view->fd, at, found);
}
