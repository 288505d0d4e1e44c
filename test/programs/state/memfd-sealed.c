/* Files of memory with seals: what they forbid stays forbidden, and a mapping from before the seal may go on. */
#include "memory.h"

int main(void) {
  begin();
  int grown = (int)must(memfd_create("grown", MFD_ALLOW_SEALING)), still = (int)must(memfd_create("still", MFD_ALLOW_SEALING));
  int free_one = (int)must(memfd_create("free", MFD_ALLOW_SEALING));
  must(ftruncate(grown, 2 * PAGE));
  must(ftruncate(still, PAGE));
  char *memory = must_have(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, grown, 0));
  fill(memory, 2 * PAGE, 1);
  must(write(still, "fixed", 5));
  char *view = must_have(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, still, 0));
  must(fcntl(grown, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE));
  must(fcntl(still, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
  await_go();
  expect("seals of the first", F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE, must(fcntl(grown, F_GET_SEALS)));
  expect("seals of the second", F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL, must(fcntl(still, F_GET_SEALS)));
  expect("seals of the third", 0, must(fcntl(free_one, F_GET_SEALS)));
  expect_filled("what the first has", memory, 2 * PAGE, 1);
  fill(memory, PAGE, 2);
  expect_errno(EPERM, pwrite(grown, "x", 1, 0));
  expect_errno(EPERM, ftruncate(grown, PAGE));
  must(ftruncate(grown, 3 * PAGE));
  expect_text("what the second has", "fixed", view);
  expect_errno(EPERM, pwrite(still, "x", 1, 0));
  expect_errno(EPERM, fcntl(still, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
  must(fcntl(free_one, F_ADD_SEALS, F_SEAL_GROW));
  done();
}
