/* Memory at the one place where clones are restored from: refused, not lost. */
#include "check.h"
#include <sys/mman.h>

int main(void) {
  begin();
  char *page = must_have(mmap((void *)0x4d0004880000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
  *page = 'x';
  await_go();
  expect("what is there", 'x', *page);
  done();
}
