/* /proc/self/maps names files as the program knows them: its executable, the C library, and a file of its own. */
#include "file.h"
#include "memory.h"

int main(void) {
  begin();
  static char bytes[2 * PAGE];
  const char *path = own_path("named");
  int fd = file_with(path, bytes, sizeof bytes);
  char *private = must_have(mmap(NULL, sizeof bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
  char *shared = must_have(mmap(NULL, sizeof bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  char code[PATH_MAX + 1], library[PATH_MAX + 1], executable[PATH_MAX + 1];
  snprintf(code, sizeof code, "%s", mapped_file((void *)main));
  snprintf(library, sizeof library, "%s", mapped_file((void *)strerrorname_np));
  executable[must(readlink("/proc/self/exe", executable, PATH_MAX))] = 0;
  expect_text("the file of the code at first", executable, code);
  await_go();
  char now[PATH_MAX + 1];
  now[must(readlink("/proc/self/exe", now, PATH_MAX))] = 0;
  expect_text("the executable", executable, now);
  expect_text("the file of the code", code, mapped_file((void *)main));
  expect_text("the file of the C library", library, mapped_file((void *)strerrorname_np));
  expect_text("the file that is mapped privately", path, mapped_file(private));
  expect_text("the file that is mapped shared", path, mapped_file(shared));
  must(unlink(path));
  done();
}
