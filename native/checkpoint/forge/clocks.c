/* A time namespace is the children's: the init itself, which keeps deadlines, stays in the machine's time. On the machine that the image is of,
 * and on any that has run for longer, there is nothing to do, and none is made. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/clocks.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const char offsets_file[] = "/proc/self/timens_offsets";

/* By how much a clock is behind what was recorded; 0 where it is not, -1 after fail(). */
static int64_t behind(uint64_t recorded, int clock, const char *name) {
  struct timespec now = {0, 0};
  long r = sys2(SYS_clock_gettime, clock, &now);
  if (r < 0) return fail(r, "read the clock", name);
  int64_t missing = (int64_t)recorded - (now.tv_sec * NANOS + now.tv_nsec);
  return missing > 0 ? missing : 0;
}

/* The line of a clock, "NAME SECONDS NANOSECONDS": a machine may itself be in a time namespace, and offsets count from the kernel's own time. */
static int64_t offset_in(const char *text, const char *clock) {
  for (; text; text = find_char(text, '\n'), text += text != NULL) {
    const char *at = after(text, clock);
    if (!at) continue;
    while (*at == ' ') at++;
    int64_t seconds = to_number(at);
    while (*at && *at != ' ') at++;
    while (*at == ' ') at++;
    return seconds * NANOS + to_number(at);
  }
  return 0;
}

static void put_offset(struct line *line, const char *clock, int64_t offset) {
  int64_t seconds = offset / NANOS - (offset % NANOS < 0);
  put(line, clock);
  put_char(line, ' ');
  put_number(line, seconds);
  put_char(line, ' ');
  put_number(line, offset - seconds * NANOS);
  put_char(line, '\n');
}

static int add_offsets(int64_t monotonic, int64_t boottime) {
  char text[256], words[160];
  long fd = sys_open(offsets_file, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open", offsets_file);
  long size = sys_read(fd, text, sizeof text - 1);
  text[size > 0 ? size : 0] = 0;
  struct line line = line_in(words, sizeof words);
  put_offset(&line, "monotonic", offset_in(text, "monotonic") + monotonic);
  put_offset(&line, "boottime", offset_in(text, "boottime") + boottime);
  long r = size < 0 ? size : sys3(SYS_lseek, fd, 0, SEEK_SET);
  if (r >= 0) r = sys_write(fd, words, (size_t)(line.at - words));
  sys_close(fd);
  return r < 0 ? fail(r, "set the clocks of the instance in", offsets_file) : 0;
}

int clocks_continue(void) {
  const struct image_clocks *clocks = image.clocks;
  if (!clocks) return 0;
  int64_t monotonic = behind(clocks->monotonic_ns, CLOCK_MONOTONIC, "CLOCK_MONOTONIC"), boottime = behind(clocks->boottime_ns, CLOCK_BOOTTIME, "CLOCK_BOOTTIME");
  if (monotonic < 0 || boottime < 0) return -1;
  if (!monotonic && !boottime) return 0;
  long r = sys1(SYS_unshare, CLONE_NEWTIME);
  if (r < 0) return fail(r, "go on with the clocks of the image, which are ahead of this machine's (CONFIG_TIME_NS and CAP_SYS_ADMIN allow it), in", "a time namespace");
  return add_offsets(monotonic, boottime);
}
