#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/restore-files.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/direct.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/host-files.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/kept.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "shared/table.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

struct restore_files restore_files = {-1};

/* Steps 302-304: the image that matches, looked at before anything is made for it. */
static int map_records(const char *path) {
  struct stat about;
  long fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open", path);
  long r = sys2(SYS_fstat, fd, &about);
  if (r < 0) return fail(r, "look at", path);
  if ((uint64_t)about.st_size < sizeof(struct image_header) || (uint64_t)about.st_size > RECORDS_MAX) return fail(-EPROTO, "read all of", path);
  r = sys_map(RECORDS_AT, PAGE_UP((uint64_t)about.st_size), PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0);
  sys_close(fd);
  if (is_error(r)) return fail(r, "map", path);
  image.header = (const struct image_header *)RECORDS_AT;
  image.mapped = PAGE_UP((uint64_t)about.st_size);
  return image_check((uint64_t)about.st_size);
}

/* File systems with devices of their own for parts of them show another in /proc/PID/maps than stat() does. */
static int shows_other_device(int fd) {
  enum { BTRFS = 0x9123683e, OVERLAY = 0x794c7630, BCACHEFS = 0xca451a4e };
  struct statfs about;
  long r = sys2(SYS_fstatfs, fd, &about);
  uint32_t type = (uint32_t)about.f_type;
  return r < 0 || type == BTRFS || type == OVERLAY || type == BCACHEFS;
}

static void stamp(int index, const struct stat *about) {
  if (shows_other_device(image.pages[index])) image.stamps = NULL;
  if (!image.stamps) return;
  uint64_t device = about->st_dev, major = device >> 8 & 0xfff, minor = (device & 0xff) | (device >> 12 & 0xfff00);
  image.stamps[index] = (struct arena_image){major << 32 | minor, about->st_ino};
}

static int open_pages(const struct order *order) {
  int count = 0, at = 0;
  const char *path;
  while (order_next(order, "pages", &at)) count++;
  if ((uint32_t)count < image.page_files) return fail_number(-EINVAL, "find in the order all pages files: given", count);
  image.page_files = (uint32_t)count;
  image.pages = heap_take((size_t)(count + 1) * sizeof *image.pages);
  image.stamps = heap_take((size_t)(count + 1) * sizeof *image.stamps);
  if (!image.pages || !image.stamps) return fail(-ENOMEM, "open", "the pages files");
  at = 0;
  for (int i = 0; (path = order_next(order, "pages", &at)); i++) {
    struct stat about;
    if ((image.pages[i] = move_high(sys_open(path, O_RDONLY | O_CLOEXEC, 0), path)) < 0) return -1;
    long r = sys2(SYS_fstat, image.pages[i], &about);
    if (r < 0) return fail(r, "look at", path);
    stamp(i, &about);
    if (i == 0 && (uint64_t)about.st_size != image.header->pages_size) return fail(-EPROTO, "find all pages in", path);
  }
  return 0;
}

static int open_table(const char *path) {
  if ((restore_files.table = move_high(sys_open(path, O_RDWR | O_CLOEXEC, 0), path)) < 0) return -1;
  long r = sys_map(TABLE_AT, PAGE_UP(sizeof(struct table)), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, restore_files.table, 0);
  if (is_error(r)) return fail(r, "map", path);
  struct stat about;
  if (sys2(SYS_fstat, restore_files.table, &about) < 0 || (uint64_t)about.st_size < sizeof(struct table)) return fail(-EPROTO, "read all of", path);
  const struct table *table = (const struct table *)TABLE_AT;
  return table->magic == TABLE_MAGIC && table->version == TABLE_VERSION ? 0 : fail(-EPROTO, "recognise the table", path);
}

int restore_files_open(const struct order *order) {
  const char *records = order_need(order, "records"), *table = order_need(order, "table");
  if (!records || !table) return -1;
  if (map_records(records) < 0 || image_index() < 0) return -1;
  kept_numbers_choose();
  if (open_pages(order) < 0 || direct_open(order) < 0 || open_table(table) < 0) return -1;
  return kept_open(order) < 0 ? -1 : host_files_open(order);
}
