#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/late.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

int is_late(const struct description *d) {
  if (d->item.head->type == RECORD_PIDFD) return 1;
  const char *rest = d->item.head->type == RECORD_FILE ? after(d->item.name, "/proc/") : NULL;
  return rest && *rest >= '0' && *rest <= '9';
}

static int flags_of(const struct image_file *file) { return (int)(file->flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC)) | O_NOCTTY | O_CLOEXEC; }

/* In "/proc/PID/task/TID...", where "TID" begins; NULL in any other. */
static const char *thread_in(const char *path) {
  const char *at = after(path, "/proc/");
  while (at && *at >= '0' && *at <= '9') at++;
  at = at ? after(at, "/task/") : NULL;
  return at && *at >= '0' && *at <= '9' ? at : NULL;
}

int is_of_thread(const struct description *d) { return d->item.head->type == RECORD_FILE && thread_in(d->item.name) != NULL; }

static int is_in_image(uint32_t tid) {
  for (uint32_t i = 0; i < image.process_count; i++)
    for (uint32_t j = 0; j < image.processes[i].thread_count; j++)
      if (image.processes[i].threads[j].image->tid == tid) return 1;
  return 0;
}

int make_of_thread(const struct description *d, int task) {
  const struct timespec pause = {.tv_nsec = 1000000};
  const char *virtual = thread_in(d->item.name);
  uint32_t tid = (uint32_t)to_number(virtual);
  char buffer[256];
  for (;;) {
    const char *name = thread_in(system_path(d->item.name, buffer, sizeof buffer)); /* bound once it is there */
    long fd = sys4(SYS_openat, task, name ? name : virtual, flags_of(d->item.data), 0);
    if (fd >= 0) return (int)fd;
    if (fd != -ENOENT || !is_in_image(tid) || now_ns() > init.deadline_ns) return fail(fd, "open", d->item.name);
    regardless(sys2(SYS_nanosleep, &pause, NULL));
  }
}

static int open_threads(const char *path, const char *thread) {
  char directory[256];
  struct line line = line_in(directory, sizeof directory);
  for (const char *at = path; at < thread; at++) put_char(&line, *at);
  long fd = sys_open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  return fd < 0 ? fail(fd, "open", directory) : (int)fd;
}

int make_late(const struct description *d) {
  const struct image_file *file = d->item.data;
  if (d->item.head->type == RECORD_PIDFD) {
    long fd = sys2(SYS_pidfd_open, system_process((uint32_t)file->pos), file->flags & O_NONBLOCK);
    return fd < 0 ? fail_number(fd, "open a pidfd of process", (int64_t)file->pos) : (int)fd;
  }
  char buffer[256];
  const char *path = system_path(d->item.name, buffer, sizeof buffer);
  if (is_of_thread(d)) return open_threads(path, thread_in(path));
  long fd = sys_open(path, flags_of(file), 0);
  return fd < 0 ? fail(fd, "open", d->item.name) : (int)fd;
}
