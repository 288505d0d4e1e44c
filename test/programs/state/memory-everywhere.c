/* Memory wherever an allocator that chooses its addresses by chance puts it (V8, PartitionAlloc: 46 bits): a page in every 4 GiB, and one in each
 * place where something else may be. What was free at first stays the program's. */
#include "check.h"
#include <sys/mman.h>

#define STEP 0x100000000ull
enum { PLACES = 0x4000, PAGE = 4096 };

static uint64_t *mapped(uint64_t at) {
  void *got = mmap((void *)at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  return got == MAP_FAILED ? NULL : got;
}

int main(void) {
  begin();
  static uint64_t *pages[PLACES];
  int count = 0;
  for (uint64_t i = 1; i < PLACES; i++) {
    uint64_t *page = mapped(i * STEP + (i % 1000) * PAGE);
    if (page == NULL) continue;
    *page = i;
    pages[i] = page;
    count++;
  }
  if (count < PLACES - 16) fail("free places expected %d got %d\n", PLACES - 1, count);
  await_go();
  for (int i = 0; i < PLACES; i++) {
    if (pages[i] == NULL) continue;
    expect("the word of a page", i, (long long)*pages[i]);
    *pages[i] = 0;
  }
  done();
}
