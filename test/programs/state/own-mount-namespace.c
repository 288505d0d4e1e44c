/* A process with mounts of its own can't be part of a template. */
#include "process.h"
#include <sched.h>
#include <sys/mount.h>

int main(void) {
  begin();
  must(unshare(CLONE_NEWNS));
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  must(mount("mine", "/mnt", "tmpfs", 0, NULL));
  await_go();
  must(mkdir("/mnt/here", 0700));
  must(umount("/mnt"));
  done();
}
