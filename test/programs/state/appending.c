/* Two processes that append to one file through descriptors of their own. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  const char *path = own_path("log");
  close(file_with(path, "start ", 6));
  int fd = (int)must(open(path, O_WRONLY | O_APPEND));
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    int own = (int)must(open(path, O_RDWR | O_APPEND | O_SYNC));
    tell(up, 1);
    hear(down);
    put(own, "child ");
    _exit(must(fcntl(own, F_GETFL)) & O_SYNC ? 0 : 1);
  }
  hear(up);
  put(fd, "before ");
  await_go();
  put(fd, "parent ");
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  put(fd, "end");
  expect_text("the file", "start before parent child end", content(path));
  must(unlink(path));
  done();
}
