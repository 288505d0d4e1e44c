/* What was open when its last name went: made under a name for a moment. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/files.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/stat.h>

#define ATTEMPTS 100

static int write_all(long fd, const char *from, uint64_t size, const char *path) {
  for (uint64_t done = 0; done < size;) {
    long n = sys4(SYS_pwrite64, fd, from + done, size - done, done);
    if (n <= 0) return fail(n ? n : -EIO, "write", path);
    done += (uint64_t)n;
  }
  return 0;
}

static long make(const char *name, const struct image_file *file) {
  if (S_ISDIR(file->mode)) return sys2(SYS_mkdir, name, file->mode & 07777);
  return sys_open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (int)(file->mode & 07777));
}

/* The mode once more: what was asked for has been cut by the umask, and a change of owner takes rights away. */
static int own(const char *name, long fd, const struct image_file *file) {
  long r = fd >= 0 ? sys3(SYS_fchown, fd, file->uid, file->gid) : sys3(SYS_chown, name, file->uid, file->gid);
  if (r >= 0) r = fd >= 0 ? sys2(SYS_fchmod, fd, file->mode & 07777) : sys2(SYS_chmod, name, file->mode & 07777);
  return r < 0 ? fail(r, "set the owner of the nameless file", name) : 0;
}

/* Its old name, so that /proc shows what it showed; another when that is taken or its directory has gone too. */
static long make_named(char *name, size_t size, const struct image_file *file, const char *path) {
  struct line line = line_in(name, size);
  put(&line, path);
  long made = make(name, file);
  for (int try = 0; made < 0 && try < ATTEMPTS; try++) {
    line = line_in(name, size);
    put(&line, made == -EEXIST ? path : "/tmp/unlinked");
    put(&line, ".appshot-");
    put_number(&line, try);
    made = make(name, file);
  }
  return made;
}

static int make_directory(const struct description *d, const char *path) {
  const struct image_file *file = d->item.data;
  static char name[4200];
  long made = make_named(name, sizeof name, file, path);
  if (made < 0) return fail(made, "make the removed directory", path);
  if (own(name, -1, file) < 0) return -1;
  long fd = d->in_table ? open_as(file, name) : sys_open(name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  long r = sys1(SYS_rmdir, name);
  if (fd < 0) return fail(fd, "open", name);
  return r < 0 ? fail(r, "take its name from", name) : (int)fd;
}

/* A file that never had a name can be given one; -1 when this directory's file system doesn't make such. */
static long never_named(const struct image_file *file, const char *path) {
  static char directory[4200];
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] != '/') end--;
  struct line line = line_in(directory, sizeof directory);
  for (size_t i = 0; i < end; i++) put_char(&line, path[i]);
  uint32_t access = file->flags & O_ACCMODE ? file->flags : file->flags | O_RDWR;
  return sys_open(directory, (int)(access & ~KERNEL_LARGEFILE) | O_CLOEXEC, (int)(file->mode & 07777));
}

static int make_regular(const struct image_file *file, const char *path) {
  static char name[4200];
  const char *contents = (const char *)(file + 1);
  if ((file->flags & O_TMPFILE) == O_TMPFILE) {
    long fd = never_named(file, path);
    if (fd >= 0) return write_all(fd, contents, file->size, path) < 0 || own(path, fd, file) < 0 ? -1 : at_position(fd, file, path);
  }
  long maker = make_named(name, sizeof name, file, path);
  if (maker < 0) return fail(maker, "make the nameless file", path);
  int written = write_all(maker, contents, file->size, name);
  if (written >= 0) written = own(name, maker, file);
  sys_close(maker);
  int fd = written < 0 ? -EIO : open_as(file, name);
  long r = sys1(SYS_unlink, name);
  if (fd < 0) return fail(fd, "open", name);
  return r < 0 ? fail(r, "take its name from", name) : at_position(fd, file, name);
}

int make_nameless(const struct description *d, const char *path) {
  const struct image_file *file = d->item.data;
  if (file->size > d->item.size - sizeof *file) return fail(-EPROTO, "read the contents of", path);
  return S_ISDIR(file->mode) ? make_directory(d, path) : make_regular(file, path);
}
