/* Files under /tmp with names that no other run of any program uses, even when both see the same pids. */
#pragma once
#include "check.h"
#include <limits.h>

UNUSED static const char *own_path(const char *what) {
  static char paths[8][96];
  static int used;
  char *path = paths[used++ % 8];
  snprintf(path, sizeof paths[0], "/tmp/state-%s-%d-%llx", what, (int)getpid(), nanoseconds(CLOCK_REALTIME));
  return path;
}

/* A new file with these bytes, open for reading and writing at position 0. */
UNUSED static int file_with(const char *path, const void *bytes, size_t length) {
  int fd = (int)must(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (length > 0) expect("bytes written to a new file", length, must(pwrite(fd, bytes, length, 0)));
  return fd;
}

/* The whole file, read by its name. */
UNUSED static const char *content(const char *path) {
  static char text[4096];
  int fd = (int)must(open(path, O_RDONLY | O_CLOEXEC));
  text[must(read(fd, text, sizeof text - 1))] = 0;
  close(fd);
  return text;
}

/* The next bytes that a descriptor gives, as text. */
UNUSED static const char *next_text(int fd, size_t length) {
  static char text[4096];
  text[must(read(fd, text, length))] = 0;
  return text;
}
UNUSED static void put(int fd, const char *text) { expect("bytes written", strlen(text), must(write(fd, text, strlen(text)))); }

/* What /proc/self/maps names at an address. */
UNUSED static const char *mapped_file(const void *address) {
  static char name[PATH_MAX + 1];
  FILE *maps = must_have(fopen("/proc/self/maps", "re"));
  char line[PATH_MAX + 200];
  name[0] = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, to;
    int at = 0;
    if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &from, &to, &at) < 2 || at == 0) continue;
    if (from <= (unsigned long)address && (unsigned long)address < to) snprintf(name, sizeof name, "%.*s", (int)strcspn(line + at, "\n"), line + at);
  }
  fclose(maps);
  return name;
}
