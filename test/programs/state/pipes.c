/* Pipes with data in flight: bytes, order, size, non-blocking ends, a full one, and one whose writer is gone. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  int some[2], full[2], closed[2], broken[2];
  must(pipe2(some, O_CLOEXEC));
  must(pipe2(full, O_NONBLOCK));
  must(pipe(closed));
  must(pipe(broken));
  must(fcntl(full[1], F_SETPIPE_SZ, 16384));
  put(some[1], "first ");
  put(some[1], "second");
  char block[4096];
  long filled = 0;
  memset(block, 'x', sizeof block);
  for (ssize_t part; (part = write(full[1], block, sizeof block)) > 0;) filled += part;
  put(closed[1], "last words");
  close(closed[1]);
  close(broken[0]);
  signal(SIGPIPE, SIG_IGN);
  await_go();
  expect_text("the bytes in flight", "first second", next_text(some[0], 100));
  put(some[1], "third");
  expect_text("bytes written since", "third", next_text(some[0], 100));
  expect("close-on-exec of one end", FD_CLOEXEC, must(fcntl(some[0], F_GETFD)));
  expect("size of the full one", 16384, must(fcntl(full[1], F_GETPIPE_SZ)));
  expect_errno(EAGAIN, write(full[1], block, 4096));
  long drained = 0;
  for (ssize_t part; (part = read(full[0], block, sizeof block)) > 0; drained += part)
    for (ssize_t i = 0; i < part; i++)
      if (block[i] != 'x') fail("a byte of the full pipe expected x got %d\n", block[i]);
  expect("bytes of the full one", filled, drained);
  expect_errno(EAGAIN, read(full[0], block, 1));
  expect_text("what a writer left", "last words", next_text(closed[0], 100));
  expect("what comes after it", 0, must(read(closed[0], block, 1)));
  expect_errno(EPIPE, write(broken[1], "x", 1));
  done();
}
