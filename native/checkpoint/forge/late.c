#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/late.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

int is_late(const struct description *d) {
  if (d->item.head->type == RECORD_PIDFD) return 1;
  const char *rest = d->item.head->type == RECORD_FILE ? after(d->item.name, "/proc/") : NULL;
  return rest && *rest >= '0' && *rest <= '9';
}

int make_late(const struct description *d) {
  const struct image_file *file = d->item.data;
  if (d->item.head->type == RECORD_PIDFD) {
    long fd = sys2(SYS_pidfd_open, system_process((uint32_t)file->pos), file->flags & O_NONBLOCK);
    return fd < 0 ? fail_number(fd, "open a pidfd of process", (int64_t)file->pos) : (int)fd;
  }
  char buffer[256];
  long fd = sys_open(system_path(d->item.name, buffer, sizeof buffer), (int)(file->flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC)) | O_NOCTTY | O_CLOEXEC, 0);
  return fd < 0 ? fail(fd, "open", d->item.name) : (int)fd;
}
