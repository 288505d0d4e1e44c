/* A process with a root directory of its own, and one outside of it that sees where it is. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  const char *root = own_path("root");
  char path[160], seen[160] = "";
  must(mkdir(root, 0755));
  snprintf(path, sizeof path, "%s/inside", root);
  close(file_with(path, "here", 4));
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    must(chroot(root));
    must(chdir("/"));
    tell(up, 1);
    hear(down);
    expect_text("a file below its root", "here", content("/inside"));
    expect_errno(ENOENT, access("/etc", F_OK));
    _exit(0);
  }
  hear(up);
  await_go();
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/root", child);
  must(readlink(link, seen, sizeof seen - 1));
  expect_text("where its root is", root, seen);
  tell(down, 1);
  expect("how it ended", 0, reap(child));
  must(unlink(path));
  must(rmdir(root));
  done();
}
