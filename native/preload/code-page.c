/* The instruction that the filter lets through stands at one address in every process: a program that is exec'd from a clone inherits
 * the filter, and the library lies elsewhere in it. So the function is copied to a page of its own behind the arena. */
#include "preload/inside.h"
#include <string.h>
#include <sys/mman.h>

trapped_function *trapped = trapped_syscall;

void code_page_map(void) {
  const size_t length = (size_t)(appshot_after_syscall + 1 - (const char *)trapped_syscall); /* up to and with `ret` */
  char *page = raw_mmap((void *)ARENA_CODE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1);
  if (raw_failed(page)) return;
  memcpy(page, (const void *)trapped_syscall, length);
  memcpy(page + (CODE_PAGE_TRAP - ARENA_CODE), "\x0f\x05\xf4", 3); /* syscall; hlt */
  if ((uintptr_t)page != ARENA_CODE || raw3(SYS_mprotect, page, PAGE, PROT_READ | PROT_EXEC) < 0) {
    raw3(SYS_munmap, page, PAGE, 0); /* no new code is allowed here */
    return;
  }
  trapped = (trapped_function *)(void *)page;
}

bool code_page_there(void) { return trapped != trapped_syscall; }

uint64_t code_page_after_syscall(void) {
  return (uintptr_t)(void *)trapped + (uintptr_t)(appshot_after_syscall - (const char *)trapped_syscall);
}
