/* A file mapped beyond its end: touching what lies there is a bus error until the file has grown. */
#include "file.h"
#include "memory.h"
#include <setjmp.h>

static sigjmp_buf back;
static void handler(int number) { siglongjmp(back, number); }
static int look(const volatile char *at) {
  int number = sigsetjmp(back, 1);
  return number != 0 ? number : *at;
}

int main(void) {
  begin();
  const char *path = own_path("short");
  int fd = file_with(path, "text", 4);
  char *shared = must_have(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  char *own = must_have(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
  own[1] = 'E';
  signal(SIGBUS, handler);
  await_go();
  expect("a byte of the shared one", 'e', look(shared + 1));
  expect("a byte of the private one", 'E', look(own + 1));
  expect("what touching beyond the end gives", SIGBUS, look(shared + 2 * PAGE));
  expect("what touching beyond the end of the private one gives", SIGBUS, look(own + 2 * PAGE));
  must(ftruncate(fd, 4 * PAGE));
  expect("what is there once the file has grown", 0, look(shared + 2 * PAGE));
  shared[0] = 'T';
  expect_text("the file", "Text", content(path));
  must(unlink(path));
  done();
}
