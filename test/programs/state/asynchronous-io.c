/* A ring of the older asynchronous I/O can't be part of a template. */
#include "check.h"
#include <linux/aio_abi.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  aio_context_t context = 0;
  must(syscall(SYS_io_setup, 4, &context));
  await_go();
  must(syscall(SYS_io_destroy, context));
  done();
}
