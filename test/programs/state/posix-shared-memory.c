/* POSIX shared memory: mapped by two processes, found by its name, and one that has lost its name. */
#include "file.h"
#include "memory.h"
#include "process.h"

static char *mapped(const char *name, int *fd) {
  *fd = (int)must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
  must(ftruncate(*fd, 32 * PAGE));
  return must_have(mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0));
}

int main(void) {
  begin();
  const char *name = strrchr(own_path("shm"), '/'), *lost_name = strrchr(own_path("lost"), '/');
  int fd, lost_fd;
  char *memory = mapped(name, &fd), *lost = mapped(lost_name, &lost_fd);
  fill(memory, 32 * PAGE, 1);
  fill(lost, 32 * PAGE, 2);
  must(shm_unlink(lost_name));
  close(lost_fd);
  struct channel down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    if (hear(down) == -1) _exit(9);
    expect_filled("what the parent wrote, in the child", memory, 32 * PAGE, 3);
    fill(lost, 32 * PAGE, 4);
    _exit(0);
  }
  await_go();
  expect_filled("what it holds", memory, 32 * PAGE, 1);
  expect_filled("what the one without a name holds", lost, 32 * PAGE, 2);
  fill(memory, 32 * PAGE, 3);
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  expect_filled("what the child wrote", lost, 32 * PAGE, 4);
  int again = (int)must(shm_open(name, O_RDWR, 0));
  char *other = must_have(mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0));
  expect_filled("what it holds by its name", other, 32 * PAGE, 3);
  fill(other, PAGE, 5);
  expect_filled("what was written by its name", memory, PAGE, 5);
  expect_errno(ENOENT, shm_open(lost_name, O_RDWR, 0));
  must(shm_unlink(name));
  done();
}
