/* A file that two processes have open each for itself, and map, when its last name is gone: it is one file still. */
#include "file.h"
#include "memory.h"
#include "process.h"

int main(void) {
  begin();
  const char *path = own_path("removed");
  int fd = file_with(path, "0123456789", 10);
  must(ftruncate(fd, 2 * PAGE));
  char *mapped = must_have(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    int own = (int)must(open(path, O_RDWR));
    tell(up, 1);
    hear(down);
    expect("what the parent wrote", 1, must(pread(own, (char[1]){0}, 1, 5)));
    must(pwrite(own, "child", 5, PAGE));
    _exit(0);
  }
  hear(up);
  must(unlink(path));
  memcpy(mapped, "MAPPED", 6);
  await_go();
  char bytes[16] = "";
  must(pread(fd, bytes, 10, 0));
  expect_text("what was written by memory", "MAPPED6789", bytes);
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  expect("what the child wrote, by memory", 0, memcmp(mapped + PAGE, "child", 5));
  must(pread(fd, bytes, 5, PAGE));
  bytes[5] = 0;
  expect_text("what the child wrote", "child", bytes);
  done();
}
