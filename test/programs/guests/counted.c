/* What a command that `exec` brought in writes, and what the application knows of it.
 *
 *   counted keep     makes a block of shared memory of each kind and a file, says "ready", and, told to, says what they hold
 *   counted write    counts in all of them, in this order, as fast as it can, and renames a file to and fro that the other has mapped
 *
 * Whoever looks at one moment finds no number larger than one before it, and the last at most one behind the first. */
#include "../state/check.h"
#include <sys/mman.h>
#include <sys/shm.h>

enum { KEY = 4711, SIZE = 1 << 20, LAST = SIZE / sizeof(long) - 1 };
static const char *const block_name = "/dev/shm/appshot-block", *const file_name = "/var/tmp/appshot-count";
static const char *const names[] = {"/dev/shm/appshot-this", "/dev/shm/appshot-that"};

static volatile long *map_file(const char *name, int flags) {
  int fd = (int)must(open(name, O_RDWR | O_CLOEXEC | flags, 0600));
  must(ftruncate(fd, SIZE));
  volatile long *at = must_have(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  close(fd);
  return at;
}

static volatile long *segment(int flags) { return must_have(shmat((int)must(shmget(KEY, SIZE, 0600 | flags)), NULL, 0)); }

static long in_file(int fd) {
  long count = 0;
  must(pread(fd, &count, sizeof count, 0));
  return count;
}

static void keep(void) {
  begin();
  volatile long *kept = segment(IPC_CREAT), *block = map_file(block_name, O_CREAT), *renamed = map_file(names[0], O_CREAT);
  int fd = (int)must(open(file_name, O_RDWR | O_CREAT, 0600));
  renamed[1] = 7;
  await_go();
  say("%ld %ld %ld %ld %ld %ld\n", kept[0], block[0], renamed[0], in_file(fd), block[LAST], kept[LAST]);
  expect("what it wrote itself", 7, renamed[1]);
  expect("the names of one file", 1, (access(names[0], F_OK) == 0) + (access(names[1], F_OK) == 0));
  done();
}

static _Noreturn void count_on(void) {
  volatile long *kept = segment(0), *block = map_file(block_name, 0), *renamed = map_file(names[0], 0);
  int fd = (int)must(open(file_name, O_RDWR));
  say("counting\n");
  for (long count = 1;; count++) {
    kept[0] = count;
    block[0] = count;
    renamed[0] = count;
    must(pwrite(fd, &count, sizeof count, 0));
    must(rename(names[count % 2 ? 0 : 1], names[count % 2 ? 1 : 0]));
    block[LAST] = count;
    kept[LAST] = count;
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "write") == 0) count_on();
  keep();
}
