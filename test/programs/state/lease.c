/* A lease on a file can't be part of a template. */
#include "file.h"

int main(void) {
  begin();
  const char *path = own_path("leased");
  close(file_with(path, "x", 1));
  int fd = (int)must(open(path, O_RDONLY));
  must(fcntl(fd, F_SETLEASE, F_RDLCK));
  await_go();
  expect("the lease", F_RDLCK, must(fcntl(fd, F_GETLEASE)));
  must(unlink(path));
  done();
}
