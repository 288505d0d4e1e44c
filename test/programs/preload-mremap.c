/* mremap of memory that is mapped from an image: it grows with zeros, in place or elsewhere, also when parts of it became anonymous,
 * and refuses what the kernel refuses. */
#include "preload-clone.h"

static void *raw_mremap(void *old, size_t old_length, size_t length, int flags, ...) {
  return (void *)syscall(SYS_mremap, old, old_length, length, flags, 0);
}
typedef void *(*remap)(void *, size_t, size_t, int, ...);

static void grows(remap call) {
  char *at = image_of(7, 4 * PAGE);
  mmap(at + 4 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0); /* no room */
  CHECK(call(at, 4 * PAGE, 8 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
  char *moved = call(at, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
  CHECK(moved != MAP_FAILED && moved != at && all_are(moved, 7, 4 * PAGE) && all_are(moved + 4 * PAGE, 0, 4 * PAGE));
  moved[7 * PAGE] = 1;
  CHECK(msync(at, PAGE, MS_ASYNC) == -1 && errno == ENOMEM); /* the old place is free */
}

static void grows_in_place(void) {
  char *room = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mmap(room, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == room);
  memset(room, 7, 4 * PAGE);
  become_image(room, 4 * PAGE, PROT_READ | PROT_WRITE);
  CHECK(munmap(room + 4 * PAGE, 12 * PAGE) == 0);
  CHECK(mremap(room, 4 * PAGE, 8 * PAGE, 0) == room && all_are(room, 7, 4 * PAGE) && all_are(room + 4 * PAGE, 0, 4 * PAGE));
  CHECK(madvise(room + PAGE, PAGE, MADV_DONTNEED) == 0); /* four mappings now, one for the program */
  room[6 * PAGE] = 9;
  char *moved = mremap(room, 8 * PAGE, 12 * PAGE, MREMAP_MAYMOVE);
  CHECK(moved != MAP_FAILED && all_are(moved, 7, PAGE) && all_are(moved + PAGE, 0, PAGE) && all_are(moved + 2 * PAGE, 7, 2 * PAGE));
  CHECK(moved[6 * PAGE] == 9 && all_are(moved + 7 * PAGE, 0, 5 * PAGE));
}

static void moves(void) {
  char *at = image_of(3, 4 * PAGE);
  char *wanted = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mremap(at, 4 * PAGE, 8 * PAGE, MREMAP_FIXED, wanted) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(at, 4 * PAGE, 8 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, at + PAGE) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(at, 4 * PAGE, 8 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, wanted) == wanted);
  CHECK(all_are(wanted, 3, 4 * PAGE) && all_are(wanted + 4 * PAGE, 0, 4 * PAGE));

  at = image_of(4, 4 * PAGE);
  char *left = mremap(at, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
  CHECK(left != MAP_FAILED && left != at && all_are(left, 4, 4 * PAGE) && all_are(at, 0, 4 * PAGE));

  at = image_of(5, 4 * PAGE);
  CHECK(mremap(at, 4 * PAGE, 2 * PAGE, 0) == at && all_are(at, 5, 2 * PAGE));
  CHECK(mremap(at, 2 * PAGE, 2 * PAGE, 0) == at);
  CHECK(mremap(at + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(at + PAGE, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);

  at = image_of(6, 2 * PAGE);
  CHECK(mprotect(at, 2 * PAGE, PROT_NONE) == 0);
  at = mremap(at, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
  CHECK(at != MAP_FAILED && mprotect(at, 64 * PAGE, PROT_READ) == 0 && all_are(at, 6, 2 * PAGE) && all_are(at + 2 * PAGE, 0, 62 * PAGE));
}

int main(int count, char **arguments) {
  start_inside(count, arguments, NULL);
  grows(mremap);
  grows_in_place();
  moves();
  install_filter();
  grows(mremap);
  grows(raw_mremap);
  grows_in_place();
  moves();
  return 0;
}
