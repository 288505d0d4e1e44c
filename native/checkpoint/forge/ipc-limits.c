/* What the application has set below /proc/sys for its IPC namespace: what it raised may be needed for the objects that are made again, and
 * what it lowered may forbid objects that had been there before. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "shared/ipc-limits.h"

/* 0: there is no further one. */
static int next_number(const char **at, uint64_t *number) {
  while (**at == ' ' || **at == '\t') ++*at;
  if (**at < '0' || **at > '9') return 0;
  for (*number = 0; **at >= '0' && **at <= '9'; ++*at) *number = *number * 10 + (uint64_t)(**at - '0');
  return 1;
}

static int is_lower(const char *wanted, const char *now) {
  uint64_t one, other;
  while (next_number(&wanted, &one) && next_number(&now, &other))
    if (one < other) return 1;
  return 0;
}

static int set(const struct item *item, int lowered) {
  static char wanted[IPC_LIMIT_ROOM], now[IPC_LIMIT_ROOM];
  char path[64];
  struct line line = line_in(path, sizeof path);
  if (item->head->id >= IPC_LIMITS || item->size >= sizeof wanted) return fail_number(-EPROTO, "read the limit of IPC number", item->head->id);
  memcpy(wanted, item->data, item->size);
  wanted[item->size] = 0;
  put(&line, "/proc/sys/");
  put(&line, ipc_limits[item->head->id].path);
  long fd = sys_open(path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open", path);
  long n = sys_read(fd, now, sizeof now - 1);
  now[n > 0 ? n : 0] = 0;
  if (n >= 0 && is_lower(wanted, now) == lowered) n = sys4(SYS_pwrite64, fd, wanted, item->size, 0);
  sys_close(fd);
  return n < 0 ? fail(n, "set again", path) : 0;
}

static int set_all(int lowered) {
  if (image.ipc_limit_count && init.plain) return fail(-EINVAL, "give the machine", "limits of an image's"); /* its namespace is everybody's */
  for (uint32_t i = 0; i < image.ipc_limit_count; i++)
    if (set(&image.ipc_limits[i], lowered) < 0) return -1;
  return 0;
}

int ipc_limits_raise(void) { return set_all(0); }
int ipc_limits_lower(void) { return set_all(1); }
