/* A named pipe that is open in both ways, with bytes in it, and that can be opened again by its name. */
#include "file.h"

int main(void) {
  begin();
  const char *path = own_path("fifo");
  must(mkfifo(path, 0600));
  int reader = (int)must(open(path, O_RDONLY | O_NONBLOCK));
  int writer = (int)must(open(path, O_WRONLY));
  put(writer, "in flight");
  await_go();
  expect_text("its bytes", "in flight", next_text(reader, 100));
  int again = (int)must(open(path, O_WRONLY | O_NONBLOCK));
  put(again, "by its name");
  expect_text("bytes of who opened it again", "by its name", next_text(reader, 100));
  char byte;
  expect_errno(EAGAIN, read(reader, &byte, 1));
  close(again);
  close(writer);
  expect("what comes when all writers are gone", 0, must(read(reader, &byte, 1)));
  must(unlink(path));
  done();
}
