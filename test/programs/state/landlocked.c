/* A process that Landlock lets write nowhere. */
#include "check.h"
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE};
  int fd = (int)must(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0));
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  must(syscall(SYS_landlock_restrict_self, fd, 0));
  close(fd);
  await_go();
  expect_errno(EACCES, open("/dev/null", O_WRONLY));
  done();
}
