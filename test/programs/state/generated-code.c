/* Code that the program has made, on pages that may be run and not written; and the same pages seen writable elsewhere. */
#include "memory.h"

typedef int function(int);
/* lea N(%rdi), %eax; ret */
static void write_code(unsigned char *at, char add) { memcpy(at, (unsigned char[]){0x8d, 0x47, (unsigned char)add, 0xc3}, 4); }

int main(void) {
  begin();
  unsigned char *code = private_memory(PAGE);
  write_code(code, 5);
  must(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
  int fd = (int)must(memfd_create("code", 0));
  must(ftruncate(fd, PAGE));
  unsigned char *writable = must_have(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  unsigned char *runnable = must_have(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0));
  write_code(writable, 7);
  await_go();
  expect("what the code answers", 105, ((function *)(void *)code)(100));
  expect("its protection", 0, strcmp(protection_at(code), "r-xp"));
  expect("what the other answers", 107, ((function *)(void *)runnable)(100));
  write_code(writable, 9);
  expect("what it answers once it is another", 109, ((function *)(void *)runnable)(100));
  done();
}
