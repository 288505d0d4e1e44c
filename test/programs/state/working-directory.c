/* The current directory, also one that has been removed in a child, and a root of the program's own. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  const char *home = own_path("directory"), *doomed = own_path("doomed");
  must(mkdir(home, 0700));
  must(mkdir(doomed, 0700));
  struct channel down = channel();
  pid_t rooted = (pid_t)must(fork());
  if (rooted == 0) {
    close(down.to);
    must(chdir(home));
    must(mkdir("inner", 0700));
    must(chroot(home));
    if (hear(down) == -1) _exit(9);
    must(access("/inner", F_OK));
    expect_errno(ENOENT, access("/bin/sh", F_OK));
    _exit(6);
  }
  pid_t lost = (pid_t)must(fork());
  if (lost == 0) {
    close(down.to);
    must(chdir(doomed));
    must(rmdir(doomed));
    if (hear(down) == -1) _exit(9);
    expect_errno(ENOENT, open("file", O_CREAT | O_WRONLY, 0600));
    must(chdir(".."));
    _exit(7);
  }
  until_state(rooted, rooted, 'S');
  until_state(lost, lost, 'S');
  must(chdir(home));
  await_go();
  char now[PATH_MAX];
  must_have(getcwd(now, sizeof now));
  expect_text("the current directory", home, now);
  close(file_with("beside", "abc", 3));
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/beside", home);
  expect_text("a file made in it", "abc", content(path));
  tell(down, 1);
  tell(down, 1);
  expect("how the one with a root of its own ended", 6, reap(rooted));
  expect("how the one in a removed directory ended", 7, reap(lost));
  must(unlink(path));
  must(chdir("/"));
  snprintf(path, sizeof path, "%s/inner", home);
  must(rmdir(path));
  must(rmdir(home));
  done();
}
