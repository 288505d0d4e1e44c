/* A file system that the program has mounted; outside of an instance in a namespace of its own. */
#include "check.h"
#include <sched.h>
#include <sys/mount.h>

int main(void) {
  begin();
  if (getenv("APPSHOT_AID") == NULL) {
    must(unshare(CLONE_NEWNS));
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  }
  char directory[] = "/var/tmp/appshot-mounted-XXXXXX", file[sizeof directory + 8];
  must_have(mkdtemp(directory));
  must(mount("none", directory, "tmpfs", 0, "size=64k"));
  snprintf(file, sizeof file, "%s/file", directory);
  close((int)must(open(file, O_CREAT | O_RDWR, 0600)));
  await_go();
  must(access(file, F_OK));
  must(umount(directory));
  expect_errno(ENOENT, access(file, F_OK));
  must(rmdir(directory));
  done();
}
