#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/kept-numbers.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/resource.h>

#define NO_END 0x7fffffff

#define FEWEST 16

static struct { int first, end; } kept = {16, NO_END};

/* A description is kept once for itself, once as a host file, and once for the other end that fills it. */
static int needed(void) { return (int)(3 * image.description_count + image.page_files) + 256; }

/* The limit of open files, raised for the moment if `wanted` is above it: each process of the image gets its own back. */
static int limit_for(int wanted) {
  uint64_t now[2], more[2] = {(uint64_t)wanted, (uint64_t)wanted};
  if (sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, now) < 0) return wanted;
  if (now[0] >= more[0]) return wanted;
  if (now[1] >= more[0]) more[1] = now[1];
  if (sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, more, 0) >= 0) return wanted;
  more[0] = more[1] = now[1]; /* what one may without being root */
  return sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, more, 0) < 0 ? (int)now[0] : (int)now[1];
}

/* Past every descriptor of this process that is in the way of `count` numbers from `first` on. */
static int past(const struct process *process, int first, int count) {
  const struct image_fd *fds = process->fds.data;
  for (uint32_t i = 0; i < process->fds.size / sizeof *fds; i++)
    if (fds[i].fd >= first && fds[i].fd < first + count) first = fds[i].fd + 1;
  return first;
}

static int first_gap(int count) {
  int first = 16, before;
  do {
    before = first;
    for (uint32_t i = 0; i < image.process_count; i++) first = past(&image.processes[i], first, count);
  } while (first != before);
  return first;
}

/* Above them all; where a process uses the last numbers that the limit allows (valgrind does), in the first gap. Where none is wide enough,
 * in one that is less so: more is asked for than is mostly needed. */
void kept_numbers_choose(void) {
  int count = needed();
  kept.first = image.highest_fd < 15 ? 16 : image.highest_fd + 1;
  kept.end = NO_END;
  int limit = limit_for(kept.first + count);
  if (kept.first + count <= limit) return;
  for (; count >= FEWEST; count -= count / 8 + 1) {
    int gap = first_gap(count);
    if (gap + count > limit) continue;
    kept.first = gap;
    kept.end = gap + count;
    return;
  }
}

int high_base(void) { return kept.first; }

int move_high(long fd, const char *what) {
  if (fd < 0) return fail(fd, "open", what);
  if (fd >= kept.first && fd < kept.end) return (int)fd;
  long high = sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, kept.first);
  sys_close(fd);
  if (high >= kept.end) {
    sys_close(high);
    high = -EMFILE;
  }
  return high < 0 ? fail(high, "keep a descriptor for", what) : (int)high;
}

static int close_range(unsigned first, unsigned last) {
  long r = sys3(SYS_close_range, first, last, 0);
  return r < 0 ? fail_number(r, "close the restorer's own descriptors from number", first) : 0;
}

int close_all_but_kept(void) {
  if (close_range(0, (unsigned)kept.first - 1) < 0) return -1;
  return kept.end == NO_END ? 0 : close_range((unsigned)kept.end, ~0u);
}

int close_kept(void) { return close_range((unsigned)kept.first, kept.end == NO_END ? ~0u : (unsigned)kept.end - 1); }
