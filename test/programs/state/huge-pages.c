/* Huge pages that were asked for: private ones, shared ones, a memfd of them; those that were never touched stay so. A child sees the shared
 * ones, and its own copy of the private ones. */
#include "memory.h"
#include "process.h"

enum { HUGE = 2 * MIB };

static char *mapped(size_t size, int flags, int fd) { return must_have(mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0)); }
static int kernel_page_kib(const char *memory) {
  FILE *maps = must_have(fopen("/proc/self/smaps", "r"));
  char line[512];
  bool found = false;
  int kib = -1;
  while (kib < 0 && fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end;
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2) found = start <= (unsigned long)memory && (unsigned long)memory < end;
    else if (found) sscanf(line, "KernelPageSize: %d kB", &kib);
  }
  fclose(maps);
  return kib;
}
static void expect_all(const char *private, const char *shared, const char *object) {
  expect_filled("what is in the private ones", private, HUGE, 1);
  expect_filled("what is in the shared one", shared, HUGE, 2);
  expect_filled("what is in the memfd", object, HUGE, 3);
  expect("the size of a private page", HUGE / 1024, kernel_page_kib(private));
  expect("the size of a shared page", HUGE / 1024, kernel_page_kib(shared));
  expect("the size of the memfd's page", HUGE / 1024, kernel_page_kib(object));
}

int main(void) {
  begin();
  int fd = (int)must(memfd_create("huge", MFD_HUGETLB | MFD_CLOEXEC));
  must(ftruncate(fd, HUGE));
  char *private = mapped(2 * HUGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
  char *shared = mapped(HUGE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1), *object = mapped(HUGE, MAP_SHARED, fd);
  fill(private, HUGE, 1);
  fill(shared, HUGE, 2);
  fill(object, HUGE, 3);
  must(mprotect(object, HUGE, PROT_READ));
  struct channel go = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    hear(go);
    expect_all(private, shared, object);
    shared[5] = 'c';
    _exit(0);
  }
  await_go();
  expect_all(private, shared, object);
  expect("what was never touched", 0, private[HUGE + 7]);
  tell(go, '!');
  expect("how the child ended", 0, reap(child));
  expect("what the child has written", 'c', shared[5]);
  fill(private, HUGE, 4);
  expect_filled("what is written since", private, HUGE, 4);
  char *more = must_have(mmap(NULL, HUGE, PROT_READ, MAP_SHARED, fd, 0));
  expect_filled("the memfd, mapped once more", more, HUGE, 3);
  done();
}
