/* Pipes of other sizes than usual: full, with a writer that waits; nearly empty; with many small writes. */
#include "file.h"
#include "process.h"

int main(void) {
  begin();
  enum { BIG = 1 << 18, SMALL = 4096 };
  static char bytes[BIG];
  struct channel big = channel(), small = channel(), many = channel();
  must(fcntl(big.to, F_SETPIPE_SZ, BIG));
  must(fcntl(small.to, F_SETPIPE_SZ, SMALL));
  for (int i = 0; i < BIG; i++) bytes[i] = (char)(i * 7);
  expect("bytes written", BIG - 1000, must(write(big.to, bytes, BIG - 1000)));
  expect("bytes written", SMALL, must(write(small.to, bytes, SMALL)));
  for (int i = 0; i < 1000; i++) put(many.to, "abc");
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    put(small.to, "the writer that waits");
    _exit(0);
  }
  until_state(child, child, 'S');
  await_go();
  expect("size of the big one", BIG, must(fcntl(big.from, F_GETPIPE_SZ)));
  expect("size of the small one", SMALL, must(fcntl(small.from, F_GETPIPE_SZ)));
  static char got[BIG];
  for (int at = 0; at < BIG - 1000;) at += (int)must(read(big.from, got + at, (size_t)(BIG - 1000 - at)));
  expect("what the big one had", 0, memcmp(got, bytes, BIG - 1000));
  expect("whether the writer waits", 0, waitpid(child, NULL, WNOHANG));
  expect("bytes of the small one", SMALL, must(read(small.from, got, SMALL)));
  expect("what it had", 0, memcmp(got, bytes, SMALL));
  expect_text("what the writer wrote", "the writer that waits", next_text(small.from, 100));
  expect("how the writer ended", 0, reap(child));
  expect("bytes of many small writes", 3000, must(read(many.from, got, BIG)));
  expect("the last of them", 'c', got[2999]);
  done();
}
