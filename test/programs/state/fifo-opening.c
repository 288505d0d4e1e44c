/* A process that waits for somebody to open the other end of a named pipe. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  const char *path = own_path("fifo");
  must(mkfifo(path, 0600));
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    int fd = (int)must(open(path, O_WRONLY));
    put(fd, "opened at last");
    _exit(0);
  }
  until_state(child, child, 'S');
  await_go();
  int fd = (int)must(open(path, O_RDONLY));
  expect_text("what comes through", "opened at last", next_text(fd, 100));
  expect("how the child ended", 0, reap(child));
  must(unlink(path));
  done();
}
