/* A file that never had a name, and gets one in the end. */
#include "file.h"

int main(void) {
  begin();
  const char *path = own_path("named");
  char link[64];
  int fd = (int)must(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0640)), appended = (int)must(open("/tmp", O_TMPFILE | O_WRONLY | O_APPEND | O_EXCL, 0600));
  put(fd, "what it has");
  put(appended, "one");
  must(lseek(fd, 5, SEEK_SET));
  await_go();
  expect_text("what comes next", "it has", next_text(fd, 100));
  struct stat about;
  must(fstat(fd, &about));
  expect("its names", 0, about.st_nlink);
  expect("its mode", 0640, about.st_mode & 07777);
  must(lseek(appended, 0, SEEK_SET));
  put(appended, "two");
  must(fstat(appended, &about));
  expect("length of the one that is appended to", 6, about.st_size);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  must(linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
  expect_text("what its name has", "what it has", content(path));
  must(unlink(path));
  done();
}
