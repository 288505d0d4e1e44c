#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/stat.h>

#define KERNEL_LARGEFILE 0100000u /* F_GETFL shows it, open() sets it by itself */
#define NOT_AGAIN (uint32_t)(O_CREAT | O_EXCL | O_TRUNC)

static int lock(long fd, const struct image_file *file, const char *path) {
  if (!file->lock) return (int)fd;
  long r = sys2(SYS_flock, fd, file->lock | 4 /* LOCK_NB */);
  return r < 0 ? fail(r, "lock", path) : (int)fd;
}

static int at_position(long fd, const struct image_file *file, const char *path) {
  if (file->pos && !(file->flags & O_PATH) && (S_ISREG(file->mode) || S_ISDIR(file->mode))) {
    long r = sys3(SYS_lseek, fd, file->pos, 0);
    if (r < 0) return fail(r, "seek in", path);
  }
  return lock(fd, file, path);
}

static int write_all(long fd, const char *from, uint64_t size, const char *path) {
  for (uint64_t done = 0; done < size;) {
    long n = sys4(SYS_pwrite64, fd, from + done, size - done, done);
    if (n <= 0) return fail(n, "write", path);
    done += (uint64_t)n;
  }
  return 0;
}

/* A file without a name gets its old one for a moment, so that /proc shows what it showed; another when that is taken. */
static int make_unlinked(const struct description *d, const char *path) {
  const struct image_file *file = d->item.data;
  static char name[4200];
  struct line line = line_in(name, sizeof name);
  put(&line, path);
  if (file->size > d->item.size - sizeof *file) return fail(-EPROTO, "read the contents of", path);
  long maker = sys_open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (int)(file->mode & 07777));
  for (int try = 0; maker < 0 && try < 100; try++) {
    line = line_in(name, sizeof name);
    put(&line, maker == -EEXIST ? path : "/tmp/unlinked");
    put(&line, ".appshot-");
    put_number(&line, try);
    maker = sys_open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (int)(file->mode & 07777));
  }
  if (maker < 0) return fail(maker, "make the nameless file", path);
  int written = write_all(maker, (const char *)(file + 1), file->size, name);
  sys_close(maker);
  long fd = written < 0 ? -EIO : sys_open(name, (int)(file->flags & ~NOT_AGAIN) | O_CLOEXEC, 0);
  sys1(SYS_unlink, name);
  if (fd < 0) return fail(fd, "open", name);
  return at_position(fd, file, name);
}

/* A description of a memfd: the object exists, and is opened once more for the flags and position of its own. */
static int make_memfd(const struct image_file *file, const char *path) {
  struct object *object = object_by_id(image.shmems, image.shmem_count, (uint32_t)file->size);
  if (!object || object->fd < 0) return fail(-EPROTO, "find the memory of", path);
  char name[64];
  struct line line = line_in(name, sizeof name);
  put(&line, "/proc/self/fd/");
  put_number(&line, object->fd);
  long fd = sys_open(name, (int)(file->flags & ~NOT_AGAIN) | O_CLOEXEC, 0);
  return fd < 0 ? fail(fd, "open again", path) : at_position(fd, file, path);
}

/* Opening one end of a FIFO waits for the other: with both open first nothing waits, and what is written is kept. */
static int make_fifo(const struct image_file *file, const char *path) {
  long both = sys_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
  if (both < 0) return fail(both, "open", path);
  long fd = sys_open(path, (int)(file->flags & ~NOT_AGAIN) | O_CLOEXEC, 0);
  sys_close(both);
  return fd < 0 ? fail(fd, "open", path) : (int)fd;
}

int make_file(struct description *d) {
  const struct image_file *file = d->item.data;
  const char *path = path_here(d->item.name);
  if (file->unlinked == 2) return make_memfd(file, path);
  if (file->unlinked) return make_unlinked(d, path);
  if (S_ISFIFO(file->mode)) return make_fifo(file, path);
  uint32_t flags = file->flags & ~(NOT_AGAIN | KERNEL_LARGEFILE);
  if (d->is_path && !d->in_table) flags = O_PATH | O_DIRECTORY;
  long fd = sys_open(path, (int)flags | O_NOCTTY | O_CLOEXEC, 0);
  return fd < 0 ? fail(fd, "open", path) : at_position(fd, file, path);
}

/* The harness's own ends: the restore gives its own, opened in the host's namespace. */
int make_stdio(struct description *d) {
  int index = !strcmp(d->item.name, "stdin") ? 0 : !strcmp(d->item.name, "stdout") ? 1 : 2;
  char path[64];
  struct line line = line_in(path, sizeof path);
  put(&line, "/proc/self/fd/");
  put_number(&line, init.stdio[index]);
  const struct image_file *file = d->item.data;
  long fd = sys3(SYS_fcntl, init.stdio[index], F_DUPFD_CLOEXEC, 3);
  if (fd >= 0 && d->item.size >= sizeof *file && (file->flags & O_NONBLOCK)) sys3(SYS_fcntl, fd, F_SETFL, file->flags);
  return fd < 0 ? fail(fd, "duplicate", d->item.name) : (int)fd;
}
