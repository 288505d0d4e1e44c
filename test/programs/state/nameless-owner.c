/* A file without a name keeps its owner, its mode and its bytes, also one that never had a name and one of memory. */
#include "file.h"
#include <sys/mman.h>

static void owned(const char *what, int fd, uid_t user, gid_t group, mode_t mode) {
  struct stat about;
  must(fstat(fd, &about));
  expect(what, user, about.st_uid);
  expect("its group", group, about.st_gid);
  expect("its mode", mode, about.st_mode & 07777);
}
static int prepared(int fd, uid_t user, gid_t group, mode_t mode) {
  put(fd, "kept");
  must(fchown(fd, user, group));
  must(fchmod(fd, mode));
  return fd;
}

int main(void) {
  begin();
  const char *path = own_path("removed");
  int removed = prepared(file_with(path, "", 0), 1234, 4321, 04751);
  must(unlink(path));
  int never = prepared((int)must(open("/tmp", O_TMPFILE | O_RDWR, 0600)), 77, 88, 0666);
  int memory = prepared((int)must(memfd_create("mine", 0)), 5, 6, 0640);
  await_go();
  owned("the owner of a removed one", removed, 1234, 4321, 04751);
  owned("the owner of one that never had a name", never, 77, 88, 0666);
  owned("the owner of one of memory", memory, 5, 6, 0640);
  must(lseek(removed, 0, SEEK_SET));
  must(lseek(never, 0, SEEK_SET));
  expect_text("what is in the first", "kept", next_text(removed, 100));
  expect_text("what is in the second", "kept", next_text(never, 100));
  done();
}
