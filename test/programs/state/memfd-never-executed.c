/* Memory that is sealed against ever being executed, and written to all the same: browsers make theirs so, and keep the mapping alone. */
#include "memory.h"
#include <sys/stat.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

enum { SHAPE = F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK };

static int region(const char *name, int seals) {
  int memory = (int)must(memfd_create(name, MFD_NOEXEC_SEAL));
  must(ftruncate(memory, 4 * PAGE));
  if (seals) must(fcntl(memory, F_ADD_SEALS, seals));
  return memory;
}

static void expect_sealed(int memory, int seals) {
  struct stat status;
  expect("the seals", seals | F_SEAL_EXEC, must(fcntl(memory, F_GET_SEALS)));
  must(fstat(memory, &status));
  expect("the mode", 0666, status.st_mode & 07777);
  expect_errno(EPERM, fchmod(memory, 0777));
}

/* What is mapped and no more open, where the kernel lets us open it again. */
static void expect_sealed_mapping(const char *mapping, int seals) {
  char path[80];
  snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", (unsigned long)mapping, (unsigned long)mapping + 4 * PAGE);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0) return;
  expect_sealed(memory, seals);
  close(memory);
}

static char *mapped(int memory) {
  return must_have(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0));
}

int main(void) {
  begin();
  int open_one = region("open", 0);
  char *shared = mapped(open_one);
  fill(shared, 4 * PAGE, 1);
  int closed_one = region("mapped", SHAPE);
  char *kept = mapped(closed_one);
  fill(kept, 4 * PAGE, 2);
  must(close(closed_one));
  await_go();
  expect_sealed(open_one, 0);
  expect_sealed_mapping(kept, SHAPE);
  expect_filled("what is open", shared, 4 * PAGE, 1);
  expect_filled("what is mapped alone", kept, 4 * PAGE, 2);
  fill(kept, 4 * PAGE, 3);
  expect("what is written through the descriptor", 1, must(pwrite(open_one, "x", 1, 0)));
  expect("what is read through the mapping", 'x', shared[0]);
  must(fcntl(open_one, F_ADD_SEALS, F_SEAL_GROW));
  expect_sealed(open_one, F_SEAL_GROW);
  done();
}
