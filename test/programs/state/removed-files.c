/* Files without a name: unlinked while open, made with O_TMPFILE, and one whose name went to another. */
#include "file.h"

int main(void) {
  begin();
  const char *gone = own_path("gone"), *old = own_path("old"), *new = own_path("new");
  int unlinked = file_with(gone, "kept without a name", 19), nameless = (int)must(open("/tmp", O_RDWR | O_TMPFILE, 0600));
  int renamed = file_with(old, "renamed", 7), twin = (int)must(dup(unlinked));
  put(nameless, "never had one");
  must(lseek(unlinked, 5, SEEK_SET));
  must(unlink(gone));
  must(rename(old, new));
  close(file_with(old, "another file", 12));
  await_go();
  expect_errno(ENOENT, access(gone, F_OK));
  expect_text("an unlinked file, from its position on", "without a name", next_text(unlinked, 100));
  expect("position of its duplicate", 19, must(lseek(twin, 0, SEEK_CUR)));
  put(twin, "!");
  must(lseek(unlinked, 0, SEEK_SET));
  expect_text("an unlinked file, all of it", "kept without a name!", next_text(unlinked, 100));
  struct stat about;
  must(fstat(unlinked, &about));
  expect("its links", 0, about.st_nlink);
  expect("position of the nameless file", 13, must(lseek(nameless, 0, SEEK_CUR)));
  must(lseek(nameless, 0, SEEK_SET));
  expect_text("the nameless file", "never had one", next_text(nameless, 100));
  expect_text("the renamed file", "renamed", next_text(renamed, 100));
  put(renamed, " and grown");
  expect_text("the renamed file by its name", "renamed and grown", content(new));
  expect_text("what has its old name", "another file", content(old));
  must(unlink(new));
  must(unlink(old));
  done();
}
