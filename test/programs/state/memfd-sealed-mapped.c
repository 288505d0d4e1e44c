/* Memory that is sealed against writing and mapped by others than who wrote it, as browsers hand it to their processes. */
#include "memory.h"

int main(void) {
  begin();
  int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  int memory = (int)must(memfd_create("region", MFD_ALLOW_SEALING));
  must(ftruncate(memory, 4 * PAGE));
  char *writable = must_have(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0));
  fill(writable, 4 * PAGE, 1);
  must(munmap(writable, 4 * PAGE));
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
  int reader = (int)must(open(path, O_RDONLY | O_CLOEXEC));
  char *shared = must_have(mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, reader, 0));
  must(fcntl(memory, F_ADD_SEALS, seals));
  await_go();
  expect("the seals", seals, must(fcntl(memory, F_GET_SEALS)));
  expect_filled("what is mapped", shared, 4 * PAGE, 1);
  expect_errno(EACCES, mprotect(shared, PAGE, PROT_READ | PROT_WRITE));
  expect_errno(EPERM, pwrite(memory, "x", 1, 0));
  expect_errno(EBADF, pwrite(reader, "x", 1, 0));
  done();
}
