/* Code at the address of the page by which a restored process leaves the restorer: the application's, refused and not lost. */
#include "check.h"
#include <sys/mman.h>

int main(void) {
  begin();
  char *page = must_have(mmap((void *)0x4d00fffff000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
  *page = 'x';
  must(mprotect(page, 4096, PROT_READ | PROT_EXEC));
  await_go();
  expect("what is there", 'x', *page);
  done();
}
