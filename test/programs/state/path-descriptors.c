/* Descriptors that stand for a path alone: of a file, a directory, a link, a socket, a pipe. */
#include "file.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  begin();
  const char *file = own_path("file"), *link = own_path("link"), *fifo = own_path("fifo");
  close(file_with(file, "here", 4));
  must(symlink(file, link));
  must(mkfifo(fifo, 0600));
  int of_file = (int)must(open(file, O_PATH)), of_link = (int)must(open(link, O_PATH | O_NOFOLLOW)), of_fifo = (int)must(open(fifo, O_PATH));
  int of_directory = (int)must(open("/usr", O_PATH | O_DIRECTORY));
  await_go();
  char target[128] = "", again[64];
  struct stat about;
  must(readlinkat(of_link, "", target, sizeof target - 1));
  expect_text("where the link leads", file, target);
  must(fstat(of_fifo, &about));
  expect("what the pipe is", S_IFIFO, about.st_mode & S_IFMT);
  must(faccessat(of_directory, "bin", F_OK, 0));
  expect_errno(EBADF, read(of_file, target, 1));
  snprintf(again, sizeof again, "/proc/self/fd/%d", of_file);
  expect_text("what is in the file", "here", content(again));
  must(unlink(file));
  must(unlink(link));
  must(unlink(fifo));
  done();
}
