/* Every preload-*.c: `PROGRAM LIBRARY` checks one behaviour and exits 0. It makes a table of its own, starts itself again with
 * the library and the table, and removes the table. Compile with -I native -pthread. */
#ifndef PRELOAD_HARNESS_H
#define PRELOAD_HARNESS_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "shared/arena.h"
#include "shared/table.h"

#define CHECK(condition)                                                                               \
  do {                                                                                                 \
    if (!(condition)) {                                                                                \
      fprintf(stderr, "%s:%d: %s (errno %d: %s)\n", __FILE__, __LINE__, #condition, errno, strerror(errno)); \
      exit(1);                                                                                         \
    }                                                                                                  \
  } while (0)

static struct arena *const arena = (struct arena *)ARENA_BASE;

static inline struct table *table_open(const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  CHECK(fd >= 0);
  struct table *table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(table != MAP_FAILED);
  close(fd);
  return table;
}

static inline int run_inside(char **arguments) {
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    execv("/proc/self/exe", arguments);
    _exit(127);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Returns in the process that has the library in it. `prime` fills in the table before that, and the environment. */
static inline struct table *start_inside(int count, char **arguments, void (*prime)(struct table *)) {
  const char *path = getenv("PRELOAD_TEST_TABLE");
  if (path != NULL) return table_open(path);
  CHECK(count == 2 && "usage: PROGRAM LIBRARY");
  char file[] = "/tmp/preload-test-XXXXXX";
  int fd = mkstemp(file);
  CHECK(fd >= 0 && ftruncate(fd, sizeof(struct table)) == 0);
  close(fd);
  struct table *table = table_open(file);
  table->magic = TABLE_MAGIC;
  table->version = TABLE_VERSION;
  table->size = sizeof *table;
  setenv("PRELOAD_TEST_TABLE", file, 1);
  setenv("APPSHOT_TABLE", file, 1);
  setenv("LD_PRELOAD", arguments[1], 1);
  if (prime != NULL) prime(table);
  int status = run_inside(arguments);
  unlink(file);
  exit(status);
}
#endif
