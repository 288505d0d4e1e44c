/* Has a page of its own in as many places 4 GiB apart as it is told: to fork it takes a page table for each. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char **words) {
  for (uint64_t i = 1; count > 1 && i < strtoul(words[1], NULL, 10); i++) {
    char *page = mmap((void *)(i << 32), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page != MAP_FAILED) *page = 1;
  }
  puts("ready");
  fflush(stdout);
  pause();
  return 0;
}
