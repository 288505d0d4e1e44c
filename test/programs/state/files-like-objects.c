/* Removed files with names like those that the kernel gives to shared memory, mapped by two processes, are files all the same. */
#include "memory.h"
#include "process.h"

/* In the root directory, and gone at once. */
static char *map_removed(const char *kind) {
  char path[64];
  snprintf(path, sizeof path, "/%sstate-%d-%llx", kind, (int)getpid(), nanoseconds(CLOCK_REALTIME));
  int fd = (int)must(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  must(unlink(path));
  must(ftruncate(fd, 2 * PAGE));
  char *out = must_have(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  must(close(fd));
  return out;
}

int main(void) {
  begin();
  char *memfd = map_removed("memfd:"), *segment = map_removed("SYSV");
  fill(memfd, PAGE, 1);
  fill(segment, PAGE, 2);
  struct channel order = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(order.to);
    hear(order);
    fill(memfd + PAGE, PAGE, 3);
    fill(segment + PAGE, PAGE, 4);
    _exit(0);
  }
  await_go();
  expect_filled("the first", memfd, PAGE, 1);
  expect_filled("the second", segment, PAGE, 2);
  tell(order, 1);
  expect("how the child ended", 0, reap(child));
  expect_filled("what the child wrote to the first", memfd + PAGE, PAGE, 3);
  expect_filled("what the child wrote to the second", segment + PAGE, PAGE, 4);
  done();
}
