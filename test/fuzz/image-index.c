/* The restorer's reader of images under the sanitizers: inputs are made from sound images by mutation, read, and all that was
 * found in them is touched to its last byte. Arguments: how many inputs, a seed, image files.
 * Build: gcc -fsanitize=address,undefined -I native test/fuzz/image-index.c native/checkpoint/forge/image-index.c */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#pragma GCC visibility pop
#include <stdio.h>
#include <stdlib.h>

/* The forge has no C library; these stand for the bytes and words of text.c, where the sanitizer sees them. */
#pragma GCC visibility push(hidden)
void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) ((char *)to)[i] = ((const char *)from)[i];
  return to;
}
void *memmove(void *to, const void *from, size_t size) {
  if ((char *)to <= (const char *)from) return memcpy(to, from, size);
  while (size--) ((char *)to)[size] = ((const char *)from)[size];
  return to;
}
size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  return size;
}
int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

#define TAKEN_MOST (1u << 16)
static void *taken[TAKEN_MOST];
static unsigned takings;
static size_t taken_bytes;

/* As the forge's heap: zeroed, and used up at some time. Each piece is one of the sanitizer's. */
void *heap_take(size_t size) {
  if (takings == TAKEN_MOST || size > (256u << 20) - taken_bytes) return NULL;
  taken_bytes += size;
  return taken[takings++] = calloc(1, size ? size : 1);
}
int fail(long error, const char *operation, const char *operand) { return (void)error, (void)operation, (void)operand, -1; }
int fail_at(long error, const char *operation, uint64_t address) { return (void)error, (void)operation, (void)address, -1; }
int fail_number(long error, const char *operation, int64_t number) { return (void)error, (void)operation, (void)number, -1; }
#pragma GCC visibility pop

static uint64_t state;
static uint64_t draw(uint64_t below) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return below ? state % below : 0;
}

struct bytes { char *at; size_t size; };

static struct bytes read_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(2); }
  struct bytes out = {malloc(16 << 20), 0};
  out.size = fread(out.at, 1, 16 << 20, file);
  fclose(file);
  return out;
}

/* Where a record begins, so that its head is hit as often as the data. */
static size_t some_record(const char *at, size_t size) {
  size_t offset = sizeof(struct image_header);
  for (uint64_t skip = draw(40); offset + sizeof(struct record_header) < size; skip--) {
    const struct record_header *head = (const void *)(at + offset);
    size_t length = sizeof *head + ((head->name_size + 7ull) & ~7ull) + ((head->descriptor_size + 7ull) & ~7ull);
    if (!skip || length > size - offset) break;
    offset += length;
  }
  return offset;
}

static void mutate(char *at, size_t *size) {
  static const uint32_t odd[] = {0, 1, 2, 7, 8, 63, 64, 65, 255, 4096, 65535, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
  const size_t head = sizeof(struct image_header);
  if (*size <= head) return;
  size_t room = *size - head, where = head + draw(room);
  uint32_t value = draw(2) ? odd[draw(sizeof odd / sizeof *odd)] : (uint32_t)state;
  size_t record = some_record(at, *size);
  switch (draw(7)) {
    case 0: at[where] ^= (char)(1 << draw(8)); break;
    case 1: where &= ~3ull; if (where + 4 <= *size) memcpy(at + where, &value, 4); break;
    case 2: if (record + 16 <= *size) memcpy(at + record + 4 * draw(4), &value, 4); break;
    case 3: if (record + 16 <= *size) at[record + draw(16)] ^= (char)(1 << draw(8)); break;
    case 4: *size = head + (draw(room) & ~7ull); break;
    case 5: if (record + 64 <= *size) memmove(at + record, at + record + 8 * (1 + draw(4)), 24); break;
    default: if (record + 40 <= *size) memcpy(at + record + 16 + 4 * draw(6), &value, 4); break;
  }
}

static unsigned long touched;
static void touch(const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) touched += ((const volatile unsigned char *)from)[i];
}
static void touch_item(const struct item *item) {
  if (!item->head) return;
  touched += strlen(item->name);
  touch(item->data, item->size);
}

static void touch_all(void) {
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct process *p = &image.processes[i];
    touch(p->image, sizeof *p->image);
    const struct item *items[] = {&p->sigactions, &p->pending, &p->vmas, &p->extents, &p->fds, &p->itimers, &p->auxv, &p->rlimits, &p->groups, &p->locks, &p->rings, &p->held, &p->notifications, &p->policies};
    for (size_t j = 0; j < sizeof items / sizeof *items; j++) touch_item(items[j]);
    for (uint32_t j = 0; j < p->timer_count; j++) touch_item(&p->timers[j]);
    for (uint32_t j = 0; j < p->thread_count; j++) touch(p->threads[j].xsave, p->threads[j].image->xsave_size), touch_item(&p->threads[j].pending), touch_item(&p->threads[j].filters), touch_item(&p->threads[j].settings);
    const struct image_fd *fds = p->fds.data;
    for (uint32_t j = 0; j < p->fds.size / sizeof *fds; j++) touched += description_by_id(fds[j].description) != NULL;
    touched += process_by_pid(p->image->ppid) != NULL;
  }
  for (uint32_t i = 0; i < image.description_count; i++) touch_item(&image.descriptions[i].item);
  const struct { const struct object *at; uint32_t count; } lists[] = {
      {image.shmems, image.shmem_count}, {image.shms, image.shm_count}, {image.sems, image.sem_count}, {image.msgs, image.msg_count}, {image.mqs, image.mq_count}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    for (uint32_t j = 0; j < lists[i].count; j++) touch_item(&lists[i].at[j].item);
  for (uint32_t i = 0; i < image.peer_count; i++) touch_item(&image.peers[i]);
  for (uint32_t i = 0; i < image.socket_filter_count; i++) touch_item(&image.socket_filters[i]);
  for (uint32_t i = 0; i < image.part_count; i++) touch_item(&image.parts[i]);
  for (uint32_t i = 0; i < image.typed_count; i++) touch_item(&image.typed[i]);
  for (uint32_t i = 0; i < image.owner_count; i++) touch_item(&image.owners[i]);
}

/* One input, in memory that ends where it ends. */
static int try(const struct bytes *from) {
  size_t size = from->size;
  char *changed = malloc(size);
  memcpy(changed, from->at, size);
  for (uint64_t i = draw(6); i > 0; i--) mutate(changed, &size);
  char *exact = malloc(size);
  memcpy(exact, changed, size);
  free(changed);
  struct image_header *header = (void *)exact;
  header->records_size = size - sizeof *header; /* what image_check() makes sure of */
  image = (struct image){.header = header, .mapped = size};
  image_index_reset();
  int good = image_index() == 0;
  if (good) touch_all();
  while (takings) free(taken[--takings]);
  taken_bytes = 0;
  free(exact);
  return good;
}

int main(int count, char **argument) {
  if (count < 4) return 2;
  unsigned long inputs = strtoul(argument[1], NULL, 10), good = 0;
  state = strtoull(argument[2], NULL, 10) * 0x9e3779b97f4a7c15ull | 1;
  struct bytes *images = calloc((size_t)count - 3, sizeof *images);
  for (int i = 3; i < count; i++) images[i - 3] = read_whole(argument[i]);
  for (unsigned long i = 0; i < inputs; i++) good += (unsigned long)try(&images[draw((uint64_t)count - 3)]);
  printf("%lu inputs, %lu read, %lu refused\n", inputs, good, inputs - good);
  for (int i = 3; i < count; i++) free(images[i - 3].at);
  free(images);
  return 0;
}
