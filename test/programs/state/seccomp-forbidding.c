/* A filter that forbids what the end of every restore needs. */
#include "filters.h"

int main(void) {
  begin();
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  must(filter_call(SYS_munmap, SECCOMP_RET_ERRNO | 77));
  await_go();
  expect_errno(77, syscall(SYS_munmap, 4096, 4096));
  done();
}
