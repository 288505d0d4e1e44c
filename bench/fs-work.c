// One piece of file system work, timed from within: `work KIND DIR ARGUMENTS...` prints the seconds it took.
// In C, so that what is compared is the file systems and not a language's own cost of a call.
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { small_size = 2000, in_a_directory = 250, most_block = 1 << 20 };

static char block[most_block];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *small_name(int i) {
  static char name[64];
  snprintf(name, sizeof name, "d%d/f%d", i / in_a_directory, i);
  return name;
}

static void make_directories(int count) {
  for (int i = 0; i < count; i += in_a_directory) {
    char name[32];
    snprintf(name, sizeof name, "d%d", i / in_a_directory);
    if (mkdir(name, 0755) < 0) err(1, "mkdir %s", name);
  }
}

static void create(int count) {
  for (int i = 0; i < count; i++) {
    const char *name = small_name(i);
    int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (fd < 0) err(1, "create %s", name);
    if (write(fd, block, small_size) != small_size) err(1, "write %s", name);
    close(fd);
  }
}

static void read_all(int count) {
  for (int i = 0; i < count; i++) {
    const char *name = small_name(i);
    int fd = open(name, O_RDONLY);
    if (fd < 0) err(1, "open %s", name);
    if (read(fd, block, sizeof block) != small_size) err(1, "read %s", name);
    close(fd);
  }
}

static void unlink_all(int count) {
  for (int i = 0; i < count; i++)
    if (unlink(small_name(i)) < 0) err(1, "unlink %s", small_name(i));
}

// Every directory read, every entry looked at, as `find -size` does.
static long stat_tree(int at) {
  long seen = 0;
  DIR *stream = fdopendir(at);
  if (!stream) err(1, "fdopendir");
  for (struct dirent *entry; (entry = readdir(stream));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    struct stat st;
    if (fstatat(dirfd(stream), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) err(1, "stat %s", entry->d_name);
    seen++;
    if (!S_ISDIR(st.st_mode)) continue;
    int below = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY);
    if (below < 0) err(1, "open %s", entry->d_name);
    seen += stat_tree(below);
  }
  closedir(stream);
  return seen;
}

static void stat_names(int count) {
  struct stat st;
  for (int i = 0; i < count; i++)
    if (stat(small_name(i), &st) < 0) err(1, "stat %s", small_name(i));
}

static void sequential(const char *file, int writing, long total, long size) {
  int fd = open(file, writing ? O_CREAT | O_TRUNC | O_WRONLY : O_RDONLY, 0644);
  if (fd < 0) err(1, "open %s", file);
  for (long at = 0; at < total; at += size)
    if ((writing ? write(fd, block, (size_t)size) : read(fd, block, (size_t)size)) != size) err(1, "transfer of %s", file);
  close(fd);
}

static void at_random(const char *file, int writing, long total, long count) {
  int fd = open(file, writing ? O_WRONLY : O_RDONLY);
  if (fd < 0) err(1, "open %s", file);
  unsigned long seed = 1;
  for (long i = 0; i < count; i++) {
    seed = seed * 6364136223846793005ul + 1442695040888963407ul;
    off_t at = (off_t)((seed >> 33) % (unsigned long)(total / 4096)) * 4096;
    if ((writing ? pwrite(fd, block, 4096, at) : pread(fd, block, 4096, at)) != 4096) err(1, "transfer of %s", file);
  }
  close(fd);
}

// A private file of the layers below is changed for the first time: one byte of it.
static void first_write(const char *file) {
  int fd = open(file, O_WRONLY);
  if (fd < 0 || pwrite(fd, "x", 1, 12345) != 1) err(1, "write %s", file);
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 3) errx(2, "usage: work KIND DIR [COUNT|FILE TOTAL SIZE]");
  const char *kind = argv[1], *file = argc > 3 ? argv[3] : "";
  int count = atoi(file);
  long total = argc > 4 ? atol(argv[4]) : 0, size = argc > 5 ? atol(argv[5]) : 0;
  if (chdir(argv[2]) < 0) err(1, "chdir %s", argv[2]);
  memset(block, 'a', sizeof block);
  if (!strcmp(kind, "create")) make_directories(count);
  double from = now();
  if (!strcmp(kind, "create")) create(count);
  else if (!strcmp(kind, "read")) read_all(count);
  else if (!strcmp(kind, "unlink")) unlink_all(count);
  else if (!strcmp(kind, "tree")) stat_tree(open(".", O_RDONLY | O_DIRECTORY));
  else if (!strcmp(kind, "stat")) stat_names(count);
  else if (!strcmp(kind, "first-write")) first_write(file);
  else if (!strncmp(kind, "sequential-", 11)) sequential(file, !strcmp(kind + 11, "write"), total, size);
  else if (!strncmp(kind, "random-", 7)) at_random(file, !strcmp(kind + 7, "write"), total, size);
  else errx(2, "no such work: %s", kind);
  printf("%.6f\n", now() - from);
  return 0;
}
