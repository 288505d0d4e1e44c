/* Memory that is out of the kernel's own sight. */
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  int fd = (int)must(syscall(SYS_memfd_secret, 0));
  must(ftruncate(fd, 8192));
  char *memory = must_have(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  strcpy(memory, "secret");
  close(fd);
  await_go();
  expect_text("what it holds", "secret", memory);
  done();
}
