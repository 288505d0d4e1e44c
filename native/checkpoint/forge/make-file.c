#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/files.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/stat.h>


int open_as(const struct image_file *file, const char *path) {
  uint32_t flags = file->flags & ~(NOT_AGAIN | KERNEL_LARGEFILE);
  if (S_ISREG(file->mode)) flags &= ~(uint32_t)O_TMPFILE; /* O_DIRECTORY is a part of it */
  return (int)sys_open(path, (int)flags | O_NOCTTY | O_CLOEXEC, 0);
}

static int lock(long fd, const struct image_file *file, const char *path) {
  if (!file->lock) return (int)fd;
  long r = sys2(SYS_flock, fd, file->lock | 4 /* LOCK_NB */);
  return r < 0 ? fail(r, "lock", path) : (int)fd;
}

int at_position(long fd, const struct image_file *file, const char *path) {
  if (file->pos && !(file->flags & O_PATH) && (S_ISREG(file->mode) || S_ISDIR(file->mode))) {
    long r = sys3(SYS_lseek, fd, file->pos, 0);
    if (r < 0) return fail(r, "seek in", path);
  }
  return lock(fd, file, path);
}

int open_twin(int of, const struct image_file *file, const char *path) {
  char name[64];
  struct line line = line_in(name, sizeof name);
  put(&line, "/proc/self/fd/");
  put_number(&line, of);
  int fd = open_as(file, name);
  return fd < 0 ? fail(fd, "open again", path) : at_position(fd, file, path);
}

/* A description of a memfd: the object exists. */
static int make_memfd(const struct image_file *file, const char *path) {
  struct object *object = object_by_id(image.shmems, image.shmem_count, (uint32_t)file->size);
  if (!object || object->fd < 0) return fail(-EPROTO, "find the memory of", path);
  long r = sys3(SYS_fchown, object->fd, file->uid, file->gid);
  if (r >= 0 || r == -EPERM || r == -EINVAL) r = sys2(SYS_fchmod, object->fd, file->mode & 07777); /* a user can give nothing away */
  if (r < 0 && r != -EPERM) return fail(r, "set the owner and mode of the memory of", path);
  return open_twin(object->fd, file, path);
}

static int make_twin(const struct description *d, const char *path) {
  const struct image_file *file = d->item.data;
  struct description *first = description_by_id((uint32_t)file->size);
  if (!first || first == d || first->item.head->type != RECORD_FILE) return fail(-EPROTO, "find the other description of", path);
  return description_make(first) < 0 ? -1 : open_twin(first->fd, file, path);
}

/* Opening one end of a FIFO waits for the other: with both open first nothing waits, and what is written is kept. */
static int make_fifo(const struct description *d, const char *path) {
  const struct image_file *file = d->item.data;
  long both = sys_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
  if (both < 0) return fail(both, "open", path);
  int fd = open_as(file, path), filled = fd < 0 ? fail(fd, "open", path) : 0;
  if (filled >= 0 && file->unlinked == FILE_FIFO && file->size) {
    if (file->size > d->item.size - sizeof *file) return fail(-EPROTO, "read the bytes in", path);
    long r = file->size > 65536 ? sys3(SYS_fcntl, both, F_SETPIPE_SZ, file->size) : 0;
    long n = r < 0 ? r : sys_write(both, file + 1, file->size);
    if (n != (long)file->size) filled = fail(n < 0 ? n : -EIO, "fill", path);
  }
  sys_close(both);
  return filled < 0 ? -1 : fd;
}

int make_file(struct description *d) {
  const struct image_file *file = d->item.data;
  const char *path = path_here(d->item.name);
  if (S_ISFIFO(file->mode) && file->unlinked != FILE_NAMELESS) return make_fifo(d, path);
  switch (file->unlinked) {
    case FILE_NAMELESS: return make_nameless(d, path);
    case FILE_MEMFD: return make_memfd(file, path);
    case FILE_TWIN: return make_twin(d, path);
  }
  long fd = d->is_path && !d->in_table ? sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0) : open_as(file, path);
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
  if (fd < 0) return fail(fd, "duplicate", d->item.name);
  long r = d->item.size >= sizeof *file && (file->flags & O_NONBLOCK) ? sys3(SYS_fcntl, fd, F_SETFL, file->flags & ~(uint32_t)O_ASYNC) : 0;
  return r < 0 ? fail(r, "set the flags of", d->item.name) : (int)fd;
}
