/* Writes to two files in every way there is, and remembers in its own memory what it has written. A clone, which has that memory,
   compares the two as soon as the operation that it was made in is over, says what it found, and ends. One file is written to
   all the time, the other now and then. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define MOST ((size_t)6 << 20)

struct file {
  const char *name;
  unsigned most_pause_us, state;
  int fd, direct;
  size_t size;
  unsigned long operations;
  unsigned char *model, *map, *data; /* what it holds, the file mapped, what is written next */
};

static const char *generation;

static void must(int right, const char *what, const struct file *file) {
  if (right) return;
  printf("WRONG: %s of %s failed: %m\n", what, file->name);
  exit(1);
}

static unsigned draw(struct file *file, unsigned below) {
  file->state = file->state * 1664525 + 1013904223;
  return (file->state >> 8) % below;
}

static void fill(struct file *file, size_t length) {
  for (size_t i = 0; i + 8 <= length; i += 8) {
    uint64_t word = file->operations << 24 | i;
    memcpy(file->data + i, &word, 8);
  }
}

static void resize(struct file *file, size_t size) {
  must(ftruncate(file->fd, (off_t)size) == 0, "ftruncate", file);
  if (size < file->size) memset(file->model + size, 0, file->size - size);
  file->size = size;
}

static void wrote(struct file *file, size_t at, size_t length) {
  memcpy(file->model + at, file->data, length);
  if (at + length > file->size) file->size = at + length;
}

static void operate(struct file *file) {
  size_t at = draw(file, MOST - (256 << 10)), length = 1 + draw(file, draw(file, 8) ? 3 * PAGE : 256 << 10);
  fill(file, length);
  switch (draw(file, 24)) {
    case 0: /* shorter, most often not by much */
      return resize(file, draw(file, 4) ? file->size - file->size / 16 : at);
    case 1: return resize(file, MOST - draw(file, MOST / 2));
    case 2: case 3: {
      must(fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)length) == 0, "punch", file);
      if (at < file->size) memset(file->model + at, 0, at + length > file->size ? file->size - at : length);
      return;
    }
    case 4:
      memset(file->data, 0, length);
      if (fallocate(file->fd, FALLOC_FL_ZERO_RANGE, (off_t)at, (off_t)length) != 0) { /* tmpfs has no such call */
        must(errno == EOPNOTSUPP, "zero", file);
        must(pwrite(file->fd, file->data, length, (off_t)at) == (ssize_t)length, "pwrite", file);
      }
      return wrote(file, at, length);
    case 5: case 6: case 7: {
      size_t whole = (length + PAGE - 1) / PAGE * PAGE;
      at -= at % PAGE;
      fill(file, whole);
      must(pwrite(file->direct, file->data, whole, (off_t)at) == (ssize_t)whole, "direct write", file);
      return wrote(file, at, whole);
    }
    case 8: must(fdatasync(file->fd) == 0, "fdatasync", file); return;
    case 9: {
      if (file->size < 2 * length) return;
      off_t from = draw(file, (unsigned)(file->size / 2 - length + 1)), to = (off_t)(file->size / 2);
      memcpy(file->data, file->model + from, length);
      must(copy_file_range(file->fd, &from, file->fd, &to, length, 0) == (ssize_t)length, "copy_file_range", file);
      return wrote(file, file->size / 2, length);
    }
    case 10: must(lseek(file->fd, (off_t)at, SEEK_SET) >= 0 && write(file->fd, file->data, length) == (ssize_t)length, "write", file); return wrote(file, at, length);
    case 11: case 12: case 13: case 14: case 15: case 16:
      if (at + length > file->size) return;
      memcpy(file->map + at, file->data, length);
      return wrote(file, at, length);
    default: must(pwrite(file->fd, file->data, length, (off_t)at) == (ssize_t)length, "pwrite", file); return wrote(file, at, length);
  }
}

static int is_clone(void) {
  const char *now = getenv("APPSHOT_GENERATION");
  return strcmp(now ? now : "", generation) != 0;
}

static void compare(struct file *file) {
  struct stat st;
  must(fstat(file->fd, &st) == 0, "fstat", file);
  unsigned char *read = malloc(MOST);
  ssize_t got = pread(file->fd, read, MOST, 0);
  if ((size_t)st.st_size != file->size || (size_t)got != file->size) {
    printf("WRONG: %s has %ld bytes, read %zd, and should have %zu\n", file->name, (long)st.st_size, got, file->size);
    return;
  }
  for (size_t i = 0; i < file->size; i++)
    if (read[i] != file->model[i] || file->map[i] != file->model[i]) {
      printf("WRONG: byte %zx of %s is %d, mapped %d, and should be %d after %lu operations\n", i, file->name, read[i], file->map[i], file->model[i], file->operations);
      return;
    }
  printf("right: %s after %lu operations\n", file->name, file->operations);
}

static void *work(void *argument) {
  struct file *file = argument;
  for (;;) {
    operate(file);
    file->operations++;
    if (is_clone()) {
      compare(file);
      fflush(stdout);
      return NULL;
    }
    usleep(draw(file, file->most_pause_us));
  }
}

static void prepare(struct file *file, unsigned seed) {
  file->state = seed;
  file->fd = open(file->name, O_RDWR | O_CREAT | O_TRUNC, 0600);
  file->direct = open(file->name, O_RDWR | O_DIRECT);
  must(file->fd >= 0 && file->direct >= 0, "open", file);
  file->model = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  file->data = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  file->map = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
  must(file->model != MAP_FAILED && file->data != MAP_FAILED && file->map != MAP_FAILED, "mmap", file);
  fill(file, MOST);
  must(pwrite(file->fd, file->data, MOST, 0) == (ssize_t)MOST, "pwrite", file);
  wrote(file, 0, MOST);
}

int main(int argc, char **argv) {
  static struct file files[] = {{.name = "always", .most_pause_us = 600}, {.name = "sometimes", .most_pause_us = 400000}};
  const char *now = getenv("APPSHOT_GENERATION");
  generation = strdup(now ? now : "");
  pthread_t threads[2];
  for (unsigned i = 0; i < 2; i++) prepare(&files[i], (argc > 1 ? (unsigned)atoi(argv[1]) : 1) * 7919 + i);
  for (unsigned i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &files[i]);
  printf("ready\n");
  fflush(stdout);
  for (unsigned i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  return 0;
}
