/* Memory whose faults the program handles itself can't be part of a template. */
#include "memory.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  int fd = (int)must(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
  struct uffdio_api api = {.api = UFFD_API};
  must(ioctl(fd, UFFDIO_API, &api));
  char *memory = private_memory(4 * PAGE);
  struct uffdio_register range = {{(uintptr_t)memory, 4 * PAGE}, UFFDIO_REGISTER_MODE_MISSING, 0};
  must(ioctl(fd, UFFDIO_REGISTER, &range));
  await_go();
  static char page[PAGE] __attribute__((aligned(4096)));
  fill(page, PAGE, 3);
  struct uffdio_copy copy = {(uintptr_t)memory, (uintptr_t)page, PAGE, 0, 0};
  must(ioctl(fd, UFFDIO_COPY, &copy));
  expect_filled("a page given to it", memory, PAGE, 3);
  done();
}
