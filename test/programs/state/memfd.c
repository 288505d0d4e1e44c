/* A memfd: its name, size, position, seals and bytes, and the mapping that shows them. */
#include "file.h"
#include "memory.h"

int main(void) {
  begin();
  int fd = (int)must(memfd_create("state", MFD_ALLOW_SEALING));
  must(ftruncate(fd, 32 * PAGE));
  char *memory = must_have(mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  fill(memory, 8 * PAGE, 1);
  must(lseek(fd, 4096, SEEK_SET));
  must(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
  await_go();
  static char bytes[PAGE];
  expect("its seals", F_SEAL_GROW | F_SEAL_SHRINK, must(fcntl(fd, F_GET_SEALS)));
  struct stat about;
  must(fstat(fd, &about));
  expect("its size", 32 * PAGE, about.st_size);
  expect("its position", 4096, must(lseek(fd, 0, SEEK_CUR)));
  expect_filled("its bytes, mapped", memory, 8 * PAGE, 1);
  expect_zeros("its hole", memory + 8 * PAGE, 24 * PAGE);
  expect("length read", PAGE, must(read(fd, bytes, PAGE)));
  expect_filled("its bytes, read", bytes, PAGE, 1 + PAGE / 8);
  expect_errno(EPERM, ftruncate(fd, 64 * PAGE));
  fill(memory + 16 * PAGE, PAGE, 2);
  expect("length read from where memory was written", PAGE, must(pread(fd, bytes, PAGE, 16 * PAGE)));
  expect_filled("what was written to memory, read", bytes, PAGE, 2);
  char path[64], link[64] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  must(readlink(path, link, sizeof link - 1));
  expect_text("its name", "/memfd:state (deleted)", link);
  must(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
  expect_errno(EPERM, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  done();
}
