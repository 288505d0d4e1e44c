/* A process of a plain user, who may not become anybody else, in a group of his own and two more. */
#include "file.h"
#include <grp.h>

int main(void) {
  begin();
  must(setgroups(2, (gid_t[]){100, 101}));
  must(setresgid(2000, 2000, 2000));
  must(setresuid(1000, 1000, 1000));
  const char *path = own_path("mine");
  int fd = file_with(path, "mine", 4);
  await_go();
  uid_t real, effective, saved;
  must(getresuid(&real, &effective, &saved));
  expect("the real user", 1000, real);
  expect("the effective user", 1000, effective);
  expect("the saved user", 1000, saved);
  expect("the group", 2000, getegid());
  expect("groups", 2, must(getgroups(0, NULL)));
  expect_errno(EPERM, setuid(0));
  expect_errno(EPERM, setgid(0));
  expect_errno(EACCES, open("/etc/shadow", O_RDONLY));
  struct stat about;
  must(fstat(fd, &about));
  expect("whose its file is", 1000, about.st_uid);
  const char *new = own_path("new");
  must(fstat(file_with(new, "", 0), &about));
  expect("whose a new file is", 1000, about.st_uid);
  must(unlink(path));
  must(unlink(new));
  done();
}
